namespace KGuardian.Analytics.Server.Http;

/// <summary>Bodies of agents are JSON.</summary>
internal static class JsonBodies
{
    /// <summary>Whether a request says that its body is JSON; when it does not, it is answered with 415.</summary>
    public static async ValueTask<bool> TakesAsync(HttpContext context)
    {
        if (context.Request.HasJsonContentType())
        {
            return true;
        }

        context.Response.Headers.Accept = "application/json";
        await Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "The content type is not taken",
            $"Content-Type '{context.Request.ContentType}' is not taken: send application/json.");
        return false;
    }

    /// <summary>Whether an exception of reading a body says that the body is damaged, and not that its client left.</summary>
    public static bool IsDamage(Exception exception, HttpContext context) =>
        // Which of the first two a damaged body is depends on its encoding; the third is Kestrel's for a chunk's size beyond 64 bits.
        exception is InvalidDataException or InvalidOperationException
            || (exception is IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested);

    /// <summary>The answer to a damaged body.</summary>
    public static BadHttpRequestException Damaged(Exception exception) =>
        new($"The body could not be read: {exception.Message}", StatusCodes.Status400BadRequest, exception);
}
