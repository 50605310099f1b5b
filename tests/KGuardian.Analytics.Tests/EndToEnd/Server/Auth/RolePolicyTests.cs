using System.Net;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Tests.Testing.Servers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Auth;

/// <summary>Which routes are open, and for whom the others are, whatever they say of themselves.</summary>
public sealed class RolePolicyTests
{
    private static readonly string[] Open = ["/health", "/metrics", "/openapi", "/openapi/v1.json"];

    [Fact]
    public async Task Every_route_but_the_open_ones_needs_a_token_whatever_is_asked_of_it()
    {
        await using var store = await RemoteStore.CreateAsync();
        var file = Path.Combine(store.DataDirectory, "agents");
        await File.WriteAllTextAsync(file, "agent-token\n");
        await using var server = await store.StartServerAsync(("BROKER_AUTH_TOKEN", "token-of-all"), ("KGUARDIAN_AUTH__INGESTTOKENFILE", file));

        async Task AssertAsync(HttpStatusCode status, string method, string path, string? token)
        {
            using var answer = await server.Api.SendAsync(
                HttpMethod.Parse(method), path, content: null, token is null ? [] : [("Authorization", $"Bearer {token}")]);
            Assert.True(status == answer.StatusCode, $"{method} {path} with {token ?? "none"}: {answer.StatusCode}");
        }

        foreach (var (method, pattern) in await ServerRoutes.ReadAsync())
        {
            var path = pattern.Replace("{name}", "x", StringComparison.Ordinal);
            if (Open.Contains(path))
            {
                continue;
            }

            foreach (var token in new[] { null, "nobody", "a.b.c" })
            {
                await AssertAsync(HttpStatusCode.Unauthorized, method, path, token);
            }

            if (method == "GET")
            {
                await AssertAsync(HttpStatusCode.Unauthorized, "HEAD", path, token: null);
            }

            await AssertAsync(HttpStatusCode.NoContent, "OPTIONS", path, token: null);
            // Whoever is known hears that there is no such method, others hear nothing.
            await AssertAsync(HttpStatusCode.Unauthorized, "LINK", path, token: null);
            await AssertAsync(HttpStatusCode.MethodNotAllowed, "LINK", path, "agent-token");
        }

        foreach (var path in Open)
        {
            await AssertAsync(HttpStatusCode.OK, "GET", path, "nobody");
        }
    }

    [Theory]
    [InlineData(TokenRole.Admin, true, true)]
    [InlineData(TokenRole.All, true, true)]
    [InlineData(TokenRole.Ingest | TokenRole.Read, false, true)]
    [InlineData(TokenRole.None, false, true)]
    [InlineData(null, false, false)]
    public async Task Route_that_names_no_role_is_for_admins_and_no_route_for_all_who_are_known(object? roles, bool route, bool elsewhere)
    {
        Assert.Equal(
            route,
            await IsLetInAsync(
                roles, new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/new"), 0, EndpointMetadataCollection.Empty, "new")));
        Assert.Equal(elsewhere, await IsLetInAsync(roles, endpoint: null));
    }

    private static async Task<bool> IsLetInAsync(object? roles, Endpoint? endpoint)
    {
        await using var services = new ServiceCollection().AddLogging().AddAuthorization(RolePolicies.AddRoles).BuildServiceProvider();
        var context = new DefaultHttpContext { Request = { Method = "GET" } };
        context.SetEndpoint(endpoint);
        if (roles is TokenRole known)
        {
            context.User = Principal.Of("a-token", known).ToUser(TokenAuthentication.SchemeName);
        }

        var policy = await services.GetRequiredService<IAuthorizationPolicyProvider>().GetFallbackPolicyAsync();
        return (await services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(context.User, context, policy!)).Succeeded;
    }
}
