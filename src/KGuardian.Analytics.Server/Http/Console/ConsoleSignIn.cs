using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Auth.Oidc;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace KGuardian.Analytics.Server.Http.Console;

/// <summary>
/// Where people sign in to the console: at the issuer, as its own documents say, with the public client of <c>Auth:OidcClientId</c>. This server asks it, so
/// that a page may connect to nothing but the one address where it changes its code for a token.
/// </summary>
/// <param name="options">Settings <c>Auth:*</c>.</param>
/// <param name="issuer">The issuer; null for none.</param>
internal sealed class ConsoleSignIn(AuthOptions options, OidcIssuer? issuer = null)
{
    /// <summary>Name of the document that says it, below <c>/console/</c>.</summary>
    public const string Name = "sign-in.json";

    /// <summary>Whoever comes with a token of ours waits for the issuer, too, while its documents are not known.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private bool HasIssuer => issuer is not null && options.OidcClientId is not null;

    /// <summary>What connects a page to the issuer, for <c>connect-src</c>: its token endpoint's origin; null for none, or while it is not known.</summary>
    public async ValueTask<string?> FindOriginAsync(CancellationToken cancellationToken) =>
        await FindAsync(cancellationToken) is { } found && Uri.TryCreate(found.TokenEndpoint, UriKind.Absolute, out var token)
            ? token.GetLeftPart(UriPartial.Authority)
            : null;

    /// <summary>Answers how people sign in: <c>{"oidc": null}</c> with tokens only.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (!HasIssuer)
        {
            await context.Response.WriteAsJsonAsync(new { oidc = (object?)null }, context.RequestAborted);
        }
        else if (await FindAsync(context.RequestAborted) is { } found && !string.IsNullOrEmpty(found.TokenEndpoint))
        {
            await context.Response.WriteAsJsonAsync(
                new
                {
                    oidc = new
                    {
                        issuer = found.Issuer,
                        authorization_endpoint = found.AuthorizationEndpoint,
                        token_endpoint = found.TokenEndpoint,
                        end_session_endpoint = found.EndSessionEndpoint,
                        id_token_signing_alg_values_supported = found.IdTokenSigningAlgValuesSupported,
                        client_id = options.OidcClientId,
                        scope = options.OidcScopes,
                    },
                },
                context.RequestAborted);
        }
        else
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, "The issuer cannot be asked now",
                $"What the OIDC issuer {options.OidcAuthority} says of itself could not be fetched: {issuer!.Problem ?? "it names no token_endpoint"}.");
        }
    }

    private async ValueTask<OpenIdConnectConfiguration?> FindAsync(CancellationToken cancellationToken)
    {
        if (!HasIssuer)
        {
            return null;
        }

        try
        {
            // Kept there: asked again now and then only.
            return await issuer!.Keys.GetConfigurationAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            // The issuer counts and logs what it was.
            return null;
        }
    }
}
