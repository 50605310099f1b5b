using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>Knows whose token a request carries: those of <see cref="ApiTokens"/>. What it may do is for <see cref="RolePolicies"/> to say.</summary>
internal sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging, UrlEncoder encoder, ApiTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Token";

    // A wrong token is no result, as none is: a failure would be a line of the log each, and what is refused is counted where it is.
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        BearerToken.Of(Request) is { } token && tokens.Find(token) is { } user
            ? AuthenticateResult.Success(new AuthenticationTicket(user, Scheme.Name))
            : AuthenticateResult.NoResult());
}
