namespace KGuardian.Analytics.Server.Http;

/// <summary>What to tell about an answer that routing itself gave.</summary>
internal static class StatusText
{
    public static string Of(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => $"There is no route {context.Request.Path}.",
        StatusCodes.Status405MethodNotAllowed =>
            $"{context.Request.Path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.",
        _ => "See the status.",
    };
}
