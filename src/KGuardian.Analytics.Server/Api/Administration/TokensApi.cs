using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary><c>GET /api/v1/admin/tokens</c>: which tokens this server takes, by name and role; never themselves.</summary>
internal static class TokensApi
{
    private static readonly TokenRole[] Roles = [TokenRole.Ingest, TokenRole.Read, TokenRole.Admin];

    private static readonly ApiOperation Tokens = new(ApiFamily.Administration, "The tokens that this server takes, by name and role")
    {
        Text = "Without the tokens themselves. A name is what limits, the audit log and whoami call it. last_used is of this server, since its start.",
        Answers = [ApiResponse.Ok("Tokens")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/admin/tokens", (Delegate)GetAsync).RequireRole(TokenRole.Admin).WithOperation(Tokens);

    private static Task GetAsync(HttpContext context, ApiTokens tokens, AuthOptions options)
    {
        RequestParameters.RefuseAll(context);
        return context.Response.WriteAsJsonAsync(
            new
            {
                open = tokens.IsOpen,
                issuer = options.OidcAuthority?.AbsoluteUri,
                problems = tokens.Problems,
                tokens = tokens.All.Select(token => new
                {
                    name = token.Name,
                    roles = Roles.Where(role => token.Roles.HasFlag(role)).Select(Principal.RoleText),
                    settings = token.Settings,
                    last_used = token.Usage.Last?.UtcDateTime,
                }),
            },
            context.RequestAborted);
    }
}
