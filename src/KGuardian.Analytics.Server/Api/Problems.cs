namespace KGuardian.Analytics.Server.Api;

/// <summary>Answers errors as RFC 9457 problem documents.</summary>
internal static class Problems
{
    /// <summary>Writes a problem; when the answer has begun already, breaks the connection instead: a cut document must not look whole.</summary>
    public static async Task WriteAsync(
        HttpContext context, int status, string title, string detail, IDictionary<string, object?>? extensions = null)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        await TypedResults.Problem(detail, statusCode: status, title: title, extensions: extensions).ExecuteAsync(context);
    }
}
