using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.Server.Api;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>
/// With a token set, every route but health, metrics and CORS preflights needs <c>Authorization: Bearer</c>. Both sides are hashed before
/// the comparison, which then takes the same time whatever was sent, its length included.
/// </summary>
internal sealed class BearerToken(RequestDelegate next, string token)
{
    private const string Scheme = "Bearer ";

    private readonly byte[] _expected = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (path == "/health" || path == "/metrics" || HttpMethods.IsOptions(context.Request.Method) || IsGiven(context.Request))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.WriteAsync(context, StatusCodes.Status401Unauthorized, "A token is needed",
            "Send the header 'Authorization: Bearer <token>' with the server's token.");
    }

    private bool IsGiven(HttpRequest request) =>
        request.Headers.Authorization is [{ } header]
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header[Scheme.Length..].Trim())), _expected);
}
