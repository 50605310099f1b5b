using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Inventory;

/// <summary>The inventory of servers with roles, tokens and a ClickHouse that goes away.</summary>
public sealed class InventoryServerTests
{
    [Fact]
    public async Task Server_that_only_answers_follows_the_one_that_takes_posts()
    {
        await using var pair = new RolePair();
        await pair.InitializeAsync();

        using (var answer = await pair.Ingest.Api.PostAsync("/pod/spec", Pods.Utf8(Pods.Detail())))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await Patience.UntilAsync("the other server knows the pod", async () =>
        {
            using var answer = await pair.Query.Api.GetAsync("/pod/name/shop-0");
            return answer.StatusCode == HttpStatusCode.OK;
        });
        using var elsewhere = await pair.Query.Api.PostAsync("/pod/spec", Pods.Utf8(Pods.Detail()));
        using var notHere = await pair.Ingest.Api.GetAsync("/pod/info");
        Assert.Equal((HttpStatusCode.MisdirectedRequest, HttpStatusCode.MisdirectedRequest), (elsewhere.StatusCode, notHere.StatusCode));
    }

    [Fact]
    public async Task Pods_of_a_node_alone_are_listed_without_a_token_and_only_to_the_networks_that_are_set()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(
            ("BROKER_AUTH_TOKEN", "token-of-all"), ("KGUARDIAN_INVENTORY__ANONYMOUSPODLIST", "10.0.0.0/8, 127.0.0.2"),
            ("KGUARDIAN_HTTP__TRUSTEDPROXIES", "127.0.0.1"));

        async Task<HttpStatusCode> GetAsync(string path, string from)
        {
            using var answer = await server.Api.GetAsync(path, ("X-Forwarded-For", from));
            return answer.StatusCode;
        }

        Assert.Equal(HttpStatusCode.OK, await GetAsync("/pod/list/node-1", "10.1.2.3"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/pod/list/node-1", "127.0.0.2"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/pod/list/node-1", "11.1.2.3"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/pod/info", "10.1.2.3"));
        using var doctor = await server.Api.GetAsync("/api/v1/admin/doctor", ("Authorization", "Bearer token-of-all"));
        Assert.Contains("without a token to 10.0.0.0/8, 127.0.0.2/32", await doctor.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Posts_get_503_while_ClickHouse_is_away_and_reads_are_answered()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var relay = new TcpRelay(store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(store.DataDirectory, store.SettingsAt(relay.Address));
        using (var answer = await server.Api.PostAsync("/pod/spec", Pods.Utf8(Pods.Detail())))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        relay.GoAway();
        using (var answer = await server.Api.PostAsync("/pod/spec", Pods.Utf8(Pods.Detail("other"))))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (answer.StatusCode, answer.Headers.RetryAfter?.ToString()));
        }

        Assert.Single(JsonNode.Parse(await server.Api.GetTextAsync("/pod/info"))!.AsArray());
        relay.Open();
        using var again = await ApiClient.PatientlyAsync(() => server.Api.PostAsync("/pod/spec", Pods.Utf8(Pods.Detail("other"))));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(2, JsonNode.Parse(await server.Api.GetTextAsync("/pod/info"))!.AsArray().Count);
    }
}
