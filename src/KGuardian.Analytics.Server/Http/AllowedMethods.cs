namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// Answers OPTIONS with what a route takes (RFC 9110, 9.3.7), and says in 405 that OPTIONS is taken, too. Routing has found out which methods there
/// are. Preflights were answered before.
/// </summary>
internal static class AllowedMethods
{
    public static async Task TellAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        var response = context.Response;
        if (response.StatusCode != StatusCodes.Status405MethodNotAllowed || response.HasStarted)
        {
            return;
        }

        var methods = response.Headers.Allow.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        response.Headers.Allow = string.Join(", ", methods.Append(HttpMethods.Options).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status204NoContent;
        }
    }
}
