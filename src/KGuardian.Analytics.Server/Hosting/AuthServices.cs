using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>Who is let in, and what for.</summary>
internal static class AuthServices
{
    /// <summary>Tokens, and the policies of routes.</summary>
    public static void AddAuth(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(provider => new ApiTokens(
            settings.AuthTokenFile is null ? settings.AuthToken : null, settings.TokenFiles(), isBesideOthers: false,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ApiTokens>>()));
        services.AddSingleton<RefusedTokens>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, RefusedRequests>();
        services.AddAuthentication(TokenAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, configureOptions: null);
        services.AddAuthorization();
        services.AddOptions<AuthorizationOptions>().Configure<ApiTokens>((authorization, tokens) => authorization.AddRoles(tokens.IsOpen));
    }
}
