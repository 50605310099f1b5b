using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Auth.Oidc;

/// <summary>An issuer of OpenID Connect on loopback: its discovery, its keys, and tokens. It names itself as the world outside knows it.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    public const string Name = "https://idp.test/realms/cluster";
    public const string TokenEndpoint = "https://tokens.idp.test:8443/token";
    public const string Audience = "kguardian-analytics";

    private readonly WebApplication _app;

    private TestIssuer(WebApplication app) => _app = app;

    /// <summary>Where its realm is.</summary>
    public Uri Authority => new($"{_app.Urls.Single()}/realms/cluster");

    /// <summary>What it publishes.</summary>
    public IReadOnlyList<IssuerKey> Keys { get; set; } = [];

    /// <summary>Starts one.</summary>
    /// <param name="certificate">For https; null for http.</param>
    /// <param name="keys">What it publishes.</param>
    public static async Task<TestIssuer> StartAsync(X509Certificate2? certificate, params IssuerKey[] keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
            {
                listen.UseHttps(certificate);
            }
        }));
        var issuer = new TestIssuer(builder.Build()) { Keys = keys };
        issuer._app.MapGet("/realms/cluster/.well-known/openid-configuration", (HttpRequest request) => Results.Text(
            new JsonObject
            {
                ["issuer"] = Name,
                ["jwks_uri"] = $"{request.Scheme}://{request.Host}/realms/cluster/certs",
                ["authorization_endpoint"] = $"{Name}/auth",
                ["token_endpoint"] = TokenEndpoint,
            }.ToJsonString(), "application/json"));
        issuer._app.MapGet("/realms/cluster/certs", () => Results.Text(
            new JsonObject { ["keys"] = new JsonArray([.. issuer.Keys.Select(key => key.Jwk)]) }.ToJsonString(), "application/json"));
        await issuer._app.StartAsync();
        return issuer;
    }

    /// <summary>What a token of a user says, valid now, with roles in a list.</summary>
    public static JsonObject Claims(params string[] roles)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new JsonObject
        {
            ["iss"] = Name,
            ["aud"] = Audience,
            ["sub"] = "0b7c",
            ["preferred_username"] = "ada",
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 600,
            ["roles"] = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]),
        };
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
