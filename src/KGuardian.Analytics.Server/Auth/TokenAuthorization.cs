using KGuardian.Analytics.Server.Http;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>
/// Lets a request through when the token in its header <c>Authorization: Bearer</c> has the role that its route needs. CORS preflights carry
/// none. Where there is no route, any known token gets to hear so.
/// </summary>
internal sealed class TokenAuthorization(RequestDelegate next, ApiTokens tokens, RefusedTokens refused)
{
    private const string Scheme = "Bearer ";

    public Task InvokeAsync(HttpContext context)
    {
        var needed = context.NeededRole();
        if (tokens.IsOpen || needed == TokenRole.None || HttpMethods.IsOptions(context.Request.Method))
        {
            return next(context);
        }

        var principal = Given(context.Request) is { } token ? tokens.Find(token) : null;
        if (principal is null)
        {
            refused.Add(context, StatusCodes.Status401Unauthorized, principal);
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A token is needed",
                "Send the header 'Authorization: Bearer <token>' with a token of this server's.");
        }

        if (needed is { } role && (principal.Roles & role) != role)
        {
            refused.Add(context, StatusCodes.Status403Forbidden, principal);
            return Problems.WriteAsync(context, StatusCodes.Status403Forbidden, "The token does not have the role",
                $"{context.Request.Method} {context.Request.Path} needs the role '{Principal.RoleText(role)}'; this token has '{Principal.RoleText(principal.Roles)}'.");
        }

        context.Features.Set(principal);
        return next(context);
    }

    private static string? Given(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim(' ', '\t')
            : null;
}
