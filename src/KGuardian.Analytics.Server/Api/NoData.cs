namespace KGuardian.Analytics.Server.Api;

/// <summary>How the broker's routes say that there is nothing of a name or address.</summary>
internal static class NoData
{
    /// <summary>404 with the contract's text.</summary>
    public static Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain";
        return context.Response.WriteAsync("No data found", context.RequestAborted);
    }
}
