using System.Net;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Routes of other products without network traffic in them: there are none here, and who has no token does not learn that.</summary>
public sealed class OutOfScopeTests
{
    private static readonly string[] Paths =
    [
        "/api/cspm/v1/compliance/views", "/api/cspm/v1/kube/resources", "/api/cspm/v1/inventory/resources", "/api/scanning/v1/images",
        "/api/scanning/v1/policies", "/api/scanning/v1/retention/policy", "/api/v1/captures", "/api/v1/profiling/profileGroups", "/api/secure/falco/lists",
        "/api/settings/falco/rulesFiles", "/api/secure/rules", "/api/policies/v3/rules", "/api/v2/policies", "/api/v1/secure/policyTuner/status",
        "/api/ticketing/v1/integrations", "/api/cloudauth/v1/accounts",
    ];

    [Fact]
    public async Task Path_is_404_with_a_token_and_401_without()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("BROKER_AUTH_TOKEN", "some-secret"));
        foreach (var path in Paths)
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
            {
                using var known = await server.Api.SendAsync(method, path, content: null, ("Authorization", "Bearer some-secret"));
                Assert.True(known.StatusCode == HttpStatusCode.NotFound, $"{method} {path} is {known.StatusCode}");
                using var unknown = await server.Api.SendAsync(method, path, content: null);
                Assert.True(unknown.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} is {unknown.StatusCode} without a token");
            }
        }
    }
}
