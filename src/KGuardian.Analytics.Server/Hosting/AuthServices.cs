using System.Diagnostics.Metrics;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Auth.Oidc;
using KGuardian.Analytics.Server.Http.Console;
using KGuardian.Analytics.Server.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>Who is let in, and what for.</summary>
internal static class AuthServices
{
    /// <summary>Chooses between the other two, by what the token looks like.</summary>
    private const string AnyScheme = "Bearer";

    /// <summary>Tokens, the issuer if there is one, and the policies of routes.</summary>
    public static void AddAuth(this IServiceCollection services, ServerSettings settings)
    {
        var hasIssuer = settings.Auth.OidcAuthority is not null;
        services.AddSingleton(settings.Auth);
        services.AddSingleton(provider => new ApiTokens(
            settings.AuthTokenFile is null ? settings.AuthToken : null, settings.TokenFiles(), isBesideOthers: hasIssuer,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<ILogger<ApiTokens>>()));
        services.AddSingleton<RefusedTokens>();
        services.AddSingleton(provider => new ConsoleSignIn(settings.Auth, provider.GetService<OidcIssuer>()));
        if (settings.IsOpen)
        {
            // Nobody is asked: the framework's two steps would take 5 us of each request, which routes' own words must not call for.
            services.Configure<RouteOptions>(routes => routes.SuppressCheckForUnhandledSecurityMetadata = true);
            return;
        }

        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusedRequests>();
        var schemes = services.AddAuthentication(hasIssuer ? AnyScheme : TokenAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, configureOptions: null);
        if (hasIssuer)
        {
            AddIssuer(schemes);
        }

        services.AddAuthorization(RolePolicies.AddRoles);
    }

    private static void AddIssuer(AuthenticationBuilder schemes)
    {
        schemes.AddJwtBearer(OidcBearer.SchemeName, _ => { })
            .AddPolicyScheme(AnyScheme, displayName: null, any => any.ForwardDefaultSelector = context =>
                // A token of ours may have two dots, too.
                BearerToken.Of(context.Request) is { } token && OidcBearer.IsJwt(token)
                && context.RequestServices.GetRequiredService<ApiTokens>().Find(token) is null
                    ? OidcBearer.SchemeName
                    : TokenAuthentication.SchemeName);
        schemes.Services.AddOptions<JwtBearerOptions>(OidcBearer.SchemeName).Configure<AuthOptions, OidcIssuer, TimeProvider>(OidcBearer.Configure);
        schemes.Services.AddSingleton<OidcIssuer>();
        schemes.Services.AddSingleton<OidcCheck>();
    }
}
