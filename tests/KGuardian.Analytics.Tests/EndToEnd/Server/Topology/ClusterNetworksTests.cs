using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Topology;

/// <summary>The topology of a server that was told the cluster's name and networks.</summary>
public sealed class ClusterNetworksTests
{
    private const string Base = "/api/v1/networkTopology";

    /// <summary>2026-05-12, in seconds.</summary>
    private const string Day = "from=1778544000&to=1778630399";

    [Fact]
    public async Task Configured_networks_are_the_clusters_and_flows_have_its_name()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(
            ("KGUARDIAN_TOPOLOGY__CLUSTERCIDRS", "10.0.0.0/8, 172.30.0.0/16,fd00::/8"), ("KGUARDIAN_TOPOLOGY__CLUSTERNAME", "here"));
        await server.Api.PostBatchAsync(
        [
            .. new[] { "10.9.9.9", "172.30.0.10", "172.20.0.1", "203.0.113.7", "fd00::9", "2001:db8::9" }.Select((peer, at) => FlowEvent.Of("web", at) with
            {
                Uuid = Guid.NewGuid().ToString("D"), PodNamespace = "shop", PodIp = "10.1.0.1", PodPort = "0", TrafficType = "EGRESS", TrafficInOutIp = peer,
                TrafficInOutPort = "443", IpProtocol = "TCP", Decision = "ALLOW", TimeStamp = Pods.Time(at),
            }),
        ]);

        var answer = await JsonAsync(server.Api, $"egressUnresolvedIps?{Day}&kind=Pod&namespace=shop&name=web");

        Assert.True(answer["clusterSubnetsComplete"]!.GetValue<bool>());
        Assert.Equal(
            ["external 172.20.0.1", "external 2001:db8::9", "external 203.0.113.7", "internal 10.9.9.9", "internal 172.30.0.10", "internal fd00::9"],
            answer["unresolveds"]!.AsArray().Select(one => $"{one!["serverIPMetadata"]!["origin"]} {one["serverIPMetadata"]!["ip"]}")
                .Order(StringComparer.Ordinal));
        Assert.Equal("""["here"]""", (await JsonAsync(server.Api, $"clusters?{Day}")).ToJsonString());
        var space = Assert.Single((await JsonAsync(server.Api, $"namespaces?{Day}&cluster=here")).AsArray())!;
        Assert.Equal(("shop", "here"), (space["name"]!.GetValue<string>(), space["cluster"]!.GetValue<string>()));
        Assert.Equal("[]", (await JsonAsync(server.Api, $"namespaces?{Day}&cluster=(not provided)")).ToJsonString());
        var owner = Assert.Single((await JsonAsync(server.Api, $"owners?{Day}"))["Pod"]!.AsArray())!;
        Assert.Equal("here", owner["cluster"]!.GetValue<string>());
    }

    private static async Task<JsonNode> JsonAsync(ApiClient api, string query) => JsonNode.Parse(await api.GetTextAsync($"{Base}/{query}"))!;
}
