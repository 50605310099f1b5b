using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Topology;

/// <summary>The topology over HTTP, of one server: the observed sample without an inventory, a small cluster of which all is known, and random ones.</summary>
public sealed class TopologyTests(TopologyServer server) : IClassFixture<TopologyServer>
{
    private const string Base = "/api/v1/networkTopology";

    /// <summary>The sample's window, in seconds.</summary>
    private const string Sample = "from=1708011862&to=1708011873";

    /// <summary>2026-05-12, in seconds.</summary>
    private const string Day = "from=1778544000&to=1778630399";

    private ApiClient Api => server.Api;

    [Fact]
    public async Task Sample_without_an_inventory_has_its_pods_as_owners()
    {
        Assert.Equal("""["(not provided)"]""", await Api.GetTextAsync($"{Base}/clusters?{Sample}"));
        Assert.Equal("[]", await Api.GetTextAsync($"{Base}/clusters?from=1672531200&to=1703980800"));
        var spaces = await JsonAsync($"{Base}/namespaces?{Sample}");
        var names = spaces.AsArray().Select(space => space!["name"]!.GetValue<string>()).ToArray();
        Assert.Equal(12, names.Length);
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        var owners = (await JsonAsync($"{Base}/owners?{Sample}")).AsObject();
        Assert.Equal(["Pod"], owners.Select(kind => kind.Key));
        Assert.Equal(24, owners["Pod"]!.AsArray().Count);
        Assert.Equal("[]", await Api.GetTextAsync($"{Base}/namespaces?{Sample}&cluster=other"));
        Assert.Equal("{}", await Api.GetTextAsync($"{Base}/owners?{Sample}&cluster=other"));
        Assert.Equal("[]", await Api.GetTextAsync($"{Base}/namespaceLabelKeys"));
        Assert.Equal("""["app","pod-template-hash","tier"]""", await Api.GetTextAsync($"{Base}/workloadLabelKeys?cluster="));
        Assert.Equal("{}", await Api.GetTextAsync($"{Base}/status"));
    }

    [Fact]
    public async Task Sample_is_32_edges_seen_alike_from_either_end()
    {
        var owners = (await JsonAsync($"{Base}/owners?{Sample}"))["Pod"]!.AsArray();
        var seen = new Dictionary<string, List<string>>();
        foreach (var owner in owners)
        {
            var graph = await JsonAsync($"{Base}/ownerTopology?{Sample}&kind=Pod&namespace={owner!["namespace"]}&name={owner["name"]}");
            foreach (var edge in graph["edges"]!.AsArray())
            {
                seen.TryAdd(edge!["id"]!.GetValue<string>(), []);
                seen[edge["id"]!.GetValue<string>()].Add(edge.ToJsonString());
            }
        }

        // By address there are 32: two addresses outside are of one network.
        Assert.Equal(31, seen.Count);
        Assert.All(seen.Values, same => Assert.Single(same.Distinct()));
        var edges = seen.Values.Select(same => JsonNode.Parse(same[0])!).ToArray();
        Assert.Equal(18, edges.Count(edge => edge["reportedBy"]!.AsArray().Count == 2));
        Assert.Equal(11, edges.Count(edge => edge["reportedBy"]!.ToJsonString() == """["client"]"""));
        Assert.Equal(2, edges.Count(edge => edge["reportedBy"]!.ToJsonString() == """["server"]"""));
        Assert.Equal(13, edges.Count(edge => edge["dropped"]!.GetValue<int>() > 0));
        Assert.Equal(104, edges.Sum(edge => edge["flows"]!.GetValue<int>()));
        var map = await JsonAsync("/api/v1/topology?from=2024-02-15&to=2024-02-16&level=pod");
        Assert.Equal(31, map["edges"]!.AsArray().Count);
    }

    [Fact]
    public async Task Addresses_that_are_nobodys_are_listed_with_where_they_are()
    {
        var row = (await JsonAsync($"{Base}/egressUnresolvedIps?{Day}&kind=Deployment&namespace=shop&name=web"))!;
        Assert.False(row["clusterSubnetsComplete"]!.GetValue<bool>());
        Assert.Equal(
            ["eu_unknown_10.9.9.9_443", "eu_external_203.0.113.7_443", "eu_external_203.0.113.8_443"],
            row["unresolveds"]!.AsArray().Select(one => one!["rowId"]!.GetValue<string>()));
        Assert.Equal("""{"port":443,"protocol":"TCP"}""", row["unresolveds"]![0]!["serverPort"]!.ToJsonString());
        Assert.Contains(
            "shop/Deployment/web>/External/203.0.113.0/24:443/TCP", await EdgesAsync("kind=Deployment&namespace=shop&name=web"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_to_four_reports_of_a_connection_are_one_edge()
    {
        var rows = (await JsonAsync($"{Base}/ingressSummaries?{Day}&kind=Deployment&namespace=shop&name=web"))["connections"]!.AsArray();
        var direct = rows.Single(row => row!["rowId"]!.GetValue<string>() == "ir_client_Deployment_caller_8080")!;
        // Four reports of one connection, and one through a service that selects only these pods.
        Assert.Equal(5, direct["flows"]!.GetValue<int>());
        Assert.Equal(2, direct["connections"]!.GetValue<int>());
        Assert.Equal(2, direct["observations"]!.GetValue<int>());
        Assert.Equal("""["client","server"]""", direct["reportedBy"]!.ToJsonString());
        Assert.Equal("""["app=caller"]""", direct["clientOwner"]!["labels"]!.ToJsonString());
        Assert.Equal("client", direct["clientNamespace"]!["name"]!.GetValue<string>());
        var other = (await JsonAsync($"{Base}/egressSummaries?{Day}&kind=Deployment&namespace=client&name=caller"))["connections"]!.AsArray()
            .Single(row => row!["rowId"]!.GetValue<string>() == "er_shop_Deployment_web_8080")!;
        foreach (var member in new[] { "flows", "connections", "observations", "dropped", "firstSeen", "lastSeen", "reportedBy" })
        {
            Assert.Equal(direct[member]!.ToJsonString(), other[member]!.ToJsonString());
        }
    }

    [Fact]
    public async Task Ends_are_what_they_were_then()
    {
        var edges = await EdgesAsync("kind=Deployment&namespace=client&name=caller");
        // One address had two owners, one after the other; a service of two workloads stays one; a pod of the host's network is its node.
        Assert.Contains("client/Deployment/caller>shop/Deployment/web:9000/TCP", edges, StringComparison.Ordinal);
        Assert.Contains("client/Deployment/caller>shop/StatefulSet/db:9000/TCP", edges, StringComparison.Ordinal);
        Assert.Contains("client/Deployment/caller>shop/Service/both:80/TCP", edges, StringComparison.Ordinal);
        Assert.Contains("client/Deployment/caller>/Node/node-2:10250/TCP", edges, StringComparison.Ordinal);
        Assert.Contains("/Node/node-2>shop/Deployment/web:8080/TCP", await EdgesAsync("kind=Node&name=node-2"), StringComparison.Ordinal);
        Assert.Contains(">shop/Service/both:80/TCP", await EdgesAsync("kind=Service&namespace=shop&name=both"), StringComparison.Ordinal);
        var space = await EdgesAsync("kind=Namespace&namespace=shop");
        Assert.Contains("client/Deployment/caller>/Namespace/shop:8080/TCP", space, StringComparison.Ordinal);
        Assert.DoesNotContain("shop/Deployment", space, StringComparison.Ordinal);
        Assert.Equal("", await EdgesAsync("kind=Job&namespace=nosuch&name=x"));
        var owners = (await JsonAsync($"{Base}/owners?{Day}&namespace=shop")).AsObject();
        Assert.Equal(["Deployment", "StatefulSet"], owners.Select(kind => kind.Key));
        Assert.Equal("""["app=web"]""", owners["Deployment"]![0]!["labels"]!.ToJsonString());
    }

    [Fact]
    public async Task What_a_limit_leaves_out_is_said()
    {
        using var answer = await Api.GetAsync($"{Base}/ownerTopology?{Day}&kind=Deployment&namespace=client&name=caller&limit=1");
        var graph = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal("true", answer.Headers.GetValues("X-Result-Cut").Single());
        Assert.Equal("client/Deployment/caller>shop/Deployment/web:8080/TCP", graph["edges"]!.AsArray().Single()!["id"]!.GetValue<string>());
        var map = await JsonAsync("/api/v1/topology?from=2026-05-12&to=2026-05-13&limit=2&level=namespace&metric=observations");
        var whole = await JsonAsync("/api/v1/topology?from=2026-05-12&to=2026-05-13&level=namespace&metric=observations");
        Assert.Equal(whole["edges"]!.AsArray().Count - 2, map["other"]!["edges"]!.GetValue<int>());
        Assert.Equal(
            whole["edges"]!.AsArray().Sum(edge => edge!["flows"]!.GetValue<int>()),
            map["edges"]!.AsArray().Sum(edge => edge!["flows"]!.GetValue<int>()) + map["other"]!["flows"]!.GetValue<int>());
        using var head = await Api.SendAsync(HttpMethod.Head, $"{Base}/clusters?{Day}", content: null);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Theory]
    [InlineData("ingressSummaries?kind=Deployment&namespace=shop", "name")]
    [InlineData("egressSummaries?kind=Deployment&name=web", "namespace")]
    [InlineData("ownerTopology?namespace=shop&name=web", "kind")]
    [InlineData("ownerTopology?namespace=shop&name=web&kind=deployment", "kind")]
    [InlineData("ownerTopology?namespace=shop&name=web&kind=Pod&from=1708011862000000000", "seconds, not nanoseconds")]
    [InlineData("ownerTopology?namespace=shop&name=web&kind=Pod&limit=10001", "limit")]
    [InlineData("clusters?from=+1", "from")]
    [InlineData("clusters?from=2&to=1", "from")]
    [InlineData("clusters?nosuch=1", "nosuch")]
    [InlineData("clusters?from=1&from=1", "from")]
    public async Task What_cannot_be_taken_is_named(string path, string named)
    {
        using var answer = await Api.GetAsync($"{Base}/{path}");
        var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(["timestamp", "status", "error", "message", "path", "details"], error.AsObject().Select(member => member.Key));
        Assert.Contains(named, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_route_is_answered_in_the_same_style()
    {
        using var answer = await Api.GetAsync($"{Base}/nosuch");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(404, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["status"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Map_of_random_flows_is_the_models(int seed)
    {
        var events = TopologyModel.Random(seed);
        await Api.PostBatchAsync(events);

        var day = string.Create(CultureInfo.InvariantCulture, $"2026-06-{seed:D2}");
        var map = await JsonAsync($"/api/v1/topology?from={day}&to=2026-06-{seed + 1:D2}&level=pod&metric=observations&limit=10000");

        Assert.Equal(
            TopologyModel.Edges(events),
            map["edges"]!.AsArray().Select(edge => string.Join(
                ' ', edge!["source"], edge["target"], edge["server_port"], edge["protocol"], edge["flows"], edge["dropped"], edge["connections"],
                edge["observations"], string.Join('+', edge["reported_by"]!.AsArray().Select(end => end!.GetValue<string>())))).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Flows_around_every_change_of_a_name_have_the_ends_that_each_of_them_has_alone()
    {
        var random = new Random(Fuzz.Seed(11));
        // Pods that have one of two addresses after each other, from moments on that are no whole seconds.
        var begins = Enumerable.Range(0, 12).Select(_ => random.Next(1_000_000, 60_000_000)).Distinct().ToArray();
        foreach (var (i, begin) in begins.Index())
        {
            await TopologyCluster.BarePodAsync(Api, $"heir-{i}", "turns", $"10.44.0.{random.Next(2)}", random.Next(4) == 0, TopologyCluster.TimeOf(begin));
        }

        // Names are found out behind their specs, in their order.
        await TopologyCluster.BarePodAsync(Api, "last", "turns", "10.44.2.2", isDead: false, TopologyCluster.TimeOf(0));
        await Patience.UntilAsync(async () => (await Api.GetTextAsync($"{Base}/owners?from=1782864000&to=1782950399&namespace=turns"))
            .Contains("\"last\"", StringComparison.Ordinal));

        var events = begins.SelectMany(begin => new[] { begin - 1, begin, begin + 1, begin + random.Next(5_000_000) }).Distinct().Select((micros, i) =>
            FlowEvent.Of("asker", i) with
            {
                PodNamespace = "turns",
                PodIp = "10.44.1.1",
                PodPort = $"{40_000 + i}",
                TrafficType = "EGRESS",
                TrafficInOutIp = $"10.44.0.{i % 2}",
                TrafficInOutPort = "9100",
                IpProtocol = "TCP",
                Decision = "ALLOW",
                TimeStamp = TopologyCluster.TimeOf(micros),
            }).ToArray();
        await Api.PostBatchAsync(events);
        const string Window = "from=2026-07-01&to=2026-07-02";
        var rows = (await JsonAsync($"/api/v1/flows?{Window}&limit=1000&fields=peer_pod"))["data"]!.AsArray()
            .Select(row => row!["peer_pod"]?.GetValue<string>() ?? "").ToArray();
        var map = await JsonAsync($"/api/v1/topology?{Window}&level=pod&limit=1000");
        var top = await JsonAsync($"/api/v1/flows/top?{Window}&by=peer_pod&limit=100");

        var alone = rows.CountBy(name => name).Select(name => $"{name.Key} {name.Value}").Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(events.Length, rows.Length);
        Assert.True(alone.Length > 4, string.Join(", ", alone));
        Assert.Equal(
            alone,
            map["edges"]!.AsArray().Select(edge => (Name: edge!["target"]!.GetValue<string>().Split('/')[2], Flows: edge["flows"]!.GetValue<int>()))
                .GroupBy(edge => edge.Name.StartsWith("heir-", StringComparison.Ordinal) ? edge.Name : "")
                .Select(name => $"{name.Key} {name.Sum(edge => edge.Flows)}").Order(StringComparer.Ordinal));
        Assert.Equal(
            alone, top["data"]!.AsArray().Select(row => $"{row!["peer_pod"]?.GetValue<string>()} {row["flows"]}").Order(StringComparer.Ordinal));
    }

    private async Task<string> EdgesAsync(string owner)
    {
        var graph = await JsonAsync($"{Base}/ownerTopology?{Day}&{owner}");
        return string.Join('\n', graph["edges"]!.AsArray().Select(edge => edge!["id"]!.GetValue<string>()));
    }

    private async Task<JsonNode> JsonAsync(string path) => JsonNode.Parse(await Api.GetTextAsync(path))!;
}
