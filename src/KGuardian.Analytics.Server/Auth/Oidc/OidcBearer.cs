using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace KGuardian.Analytics.Server.Auth.Oidc;

/// <summary>How the framework's scheme for JWTs checks those of the issuer, and whom it makes of them.</summary>
internal static class OidcBearer
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Oidc";

    /// <summary>Clocks of two machines differ by that much.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>Those with a key that only the issuer has. One that both know (HS256) could be the public one, taken for a secret.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    /// <summary>Whether a token has a JWT's three parts.</summary>
    public static bool IsJwt(string token) => token.AsSpan().Count('.') == 2;

    /// <summary>Sets the scheme up.</summary>
    public static void Configure(JwtBearerOptions scheme, AuthOptions options, OidcIssuer issuer, TimeProvider clock)
    {
        scheme.ConfigurationManager = issuer.Keys;
        scheme.MapInboundClaims = false;
        // The issuer is the one that the authority's document names, behind whatever address it is asked.
        scheme.TokenValidationParameters = new TokenValidationParameters
        {
            ValidAudience = options.OidcAudience,
            ValidAlgorithms = Algorithms,
            LifetimeValidator = (from, until, _, _) => IsNow(from, until, clock.GetUtcNow().UtcDateTime),
        };
        scheme.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                context.Token = BearerToken.Of(context.Request);
                return Task.CompletedTask;
            },
            OnTokenValidated = context =>
            {
                using var claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(((JsonWebToken)context.SecurityToken).EncodedPayload));
                if (OidcClaims.Read(claims.RootElement, options) is { } user)
                {
                    context.Principal = user.ToUser(SchemeName);
                }
                else
                {
                    context.Fail("The token names nobody.");
                }

                return Task.CompletedTask;
            },
            OnAuthenticationFailed = context =>
            {
                // Without keys these say nothing about the token.
                if (issuer.Count == 0
                    && context.Exception is SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidIssuerException or InvalidOperationException)
                {
                    context.HttpContext.Features.Set(new UndecidedToken($"The keys of the OIDC issuer {options.OidcAuthority} could not be fetched yet."));
                }

                return Task.CompletedTask;
            },
        };
    }

    /// <summary>Whether a token is valid at a time; one without an end never is.</summary>
    private static bool IsNow(DateTime? from, DateTime? until, DateTime now) => until > now - Skew && !(from > now + Skew);
}
