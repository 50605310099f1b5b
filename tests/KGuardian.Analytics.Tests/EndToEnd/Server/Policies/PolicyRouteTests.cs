using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Policies;

/// <summary>Replays, comparisons and proposals over a small cluster.</summary>
public sealed class PolicyRouteTests(PolicyCluster cluster) : IClassFixture<PolicyCluster>
{
    private const string Window = PolicyCluster.Window;
    private const string DefaultDeny = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: "
        + "{podSelector: {}, policyTypes: [Ingress]}}\n---\n";

    private const string AllowWeb = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, namespace: shop}, spec: "
        + "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: http}]}, "
        + "{ports: [{port: 9}]}]}}\n";

    private ApiClient Api => cluster.Api;

    [Fact]
    public async Task Replay_says_of_each_edge_what_policies_would_have_made_of_it()
    {
        var replay = await ReplayAsync(DefaultDeny + AllowWeb);

        Assert.Equal(
            [
                "web > db TCP/5433 ALLOW blocked ingress shop/deny 1",
                "web > old TCP/5432 ALLOW blocked ingress shop/deny 1",
                "203.0.113.10 > web TCP/22 DROP blocked ingress shop/deny shop/web 1",
                "203.0.113.9 > web TCP/8080 ALLOW blocked ingress shop/deny shop/web 1",
                "client > web TCP/8080 ALLOW allowed 2",
                "client > front TCP/80 ALLOW allowed 1",
            ],
            replay["edges"]!.AsArray().Select(edge => Line(edge!)).OrderBy(line => line.Contains("allowed", StringComparison.Ordinal))
                .ThenByDescending(line => line.Split(' ')[0] == "web").ThenBy(line => line.Contains("client > front", StringComparison.Ordinal))
                .ThenBy(line => line.Split(' ')[0], StringComparer.Ordinal).ThenBy(line => line, StringComparer.Ordinal));
        Assert.Equal(
            """{"flows":7,"edges":6,"let_through":{"allowed":3,"blocked":3,"unknown":0},"""
                + """ "dropped":{"allowed":0,"blocked":1,"unknown":0},"flows_not_shown":0,"cut":false}""".TrimStart(),
            replay["totals"]!.ToJsonString());
        Assert.Equal(["shop/web spec.ingress[1]"], replay["unused_rules"]!.AsArray().Select(rule => $"{rule!["policy"]} {rule["field"]}"));

        var lines = (await PostAsync($"/api/v1/policies/replay?{Window}&format=ndjson&metric=observations&show=blocked&limit=2", DefaultDeny)).Split('\n');
        Assert.StartsWith("""{"progress":{"slice":1,"of":1,"flows":7""", lines[0], StringComparison.Ordinal);
        Assert.Equal(2, lines.Count(line => line.StartsWith("""{"edge":{""", StringComparison.Ordinal)));
        Assert.Contains("\"cut\":true", lines[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Comparison_shows_what_a_change_would_change()
    {
        var body = new JsonObject { ["before"] = DefaultDeny, ["after"] = DefaultDeny + AllowWeb };
        var diff = JsonNode.Parse(await PostAsync($"/api/v1/policies/diff?{Window}", body.ToJsonString()))!;
        Assert.Equal(
            ["client > front TCP/80 ALLOW allowed 1", "client > web TCP/8080 ALLOW allowed 2"],
            diff["edges"]!.AsArray().Select(edge => Line(edge!)).Order(StringComparer.Ordinal));
        Assert.Equal((0, 3), (diff["totals"]!["newly_blocked"]!.GetValue<int>(), diff["totals"]!["newly_allowed"]!.GetValue<int>()));

        // As curl -F writes it.
        using var form = new MultipartFormDataContent { { new StringContent(DefaultDeny), "after", "new.yaml" } };
        using var answer = await Api.SendAsync(HttpMethod.Post, $"/api/v1/policies/diff?{Window}", form);
        var blocked = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(7, blocked["totals"]!["newly_blocked"]!.GetValue<int>());
    }

    [Fact]
    public async Task Proposal_blocks_nothing_of_what_was_let_through()
    {
        var yaml = await Api.GetTextAsync($"/api/v1/policies/proposal?{Window}&namespace=shop");
        Assert.Equal(yaml, await Api.GetTextAsync($"/api/v1/policies/proposal?{Window}&namespace=shop"));
        Assert.Contains("- {podSelector: {matchLabels: {\"app\": \"db\"}}}", yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.10", yaml, StringComparison.Ordinal);

        var replay = await ReplayAsync(yaml);
        Assert.Equal(
            """{"allowed":6,"blocked":0,"unknown":0}{"allowed":0,"blocked":1,"unknown":0}""",
            replay["totals"]!["let_through"]!.ToJsonString() + replay["totals"]!["dropped"]!.ToJsonString());
        Assert.Empty(replay["unused_rules"]!.AsArray());

        var day = new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        var simulated = await PostAsync($"/api/v1/networkSecurity/namespaces/shop/simulatedPolicies?from={day}&to={day + 86_399}&kind=", "");
        Assert.Equal(yaml, simulated);
        using var json = await Api.SendAsync(
            HttpMethod.Post, $"/api/v1/networkSecurity/namespaces/shop/simulatedPolicies?from={day}&to={day + 86_399}&kind=StatefulSet&name=web", null,
            ("Accept", "application/json"));
        Assert.Equal("NetworkPolicy", JsonNode.Parse(await json.Content.ReadAsStringAsync())!["kind"]!.GetValue<string>());
        using var table = await Api.GetAsync($"/api/v1/policies/proposal?{Window}&namespace=shop&name=web", ("Accept", "application/json"));
        Assert.Contains("203.0.113.9/32", await table.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Overlay_is_the_graph_with_what_policies_would_block()
    {
        var day = new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        var owner = $"kind=StatefulSet&namespace=shop&name=web&from={day}&to={day + 86_399}";
        var graph = JsonNode.Parse(await Api.GetTextAsync($"/api/v1/networkTopology/ownerTopology?{owner}"))!;

        var plain = await OverlayAsync(owner, " \n");
        Assert.Equal([""], Blocked(plain).Select(edge => edge[(edge.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Distinct());
        foreach (var edge in plain["edges"]!.AsArray())
        {
            Assert.Equal((false, 0), (edge!["blocked"]!.GetValue<bool>(), edge["blockedFlows"]!.GetValue<int>()));
            edge.AsObject().Remove("blocked");
            edge.AsObject().Remove("blockedFlows");
        }

        Assert.Equal(graph.ToJsonString(), plain.ToJsonString());

        const string NoEgress = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: quiet, namespace: shop}, spec: "
            + "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}}\n";
        Assert.Equal(
            [
                "203.0.113.0:22 ingress", "203.0.113.0:8080 ingress", "client:80 ingress", "client:8080 ingress", "db:5433 ingress+egress",
                "old:5432 ingress+egress",
            ],
            Blocked(await OverlayAsync(owner, DefaultDeny + NoEgress)));
        var proposed = await PostAsync($"/api/v1/networkSecurity/namespaces/shop/simulatedPolicies?from={day}&to={day + 86_399}", "");
        // What was dropped is no reason for a rule.
        Assert.Equal(["203.0.113.0:22 ingress"], Blocked(await OverlayAsync(owner, proposed)).Where(edge => !edge.EndsWith(' ')));
    }

    [Fact]
    public async Task Edges_of_two_windows_are_compared()
    {
        var changes = JsonNode.Parse(await Api.GetTextAsync(
            "/api/v1/edges/changes?from=2026-05-12T10:15:00Z&to=2026-05-13&before_from=2026-05-12T10:00:00Z&limit=3"))!;
        Assert.Equal(
            ["gone 203.0.113.10 > web 22", "gone 203.0.113.9 > web 8080", "gone client > front 80"],
            changes["data"]!.AsArray().Select(edge =>
                $"{edge!["change"]} {edge["client"]!["name"]} > {edge["server"]!["name"]} {edge["server_port"]}"));
        Assert.Equal((6, 3), (changes["changes"]!.GetValue<int>(), changes["next_offset"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("POST", "/api/v1/policies/replay", "", "there is no NetworkPolicy")]
    [InlineData("POST", "/api/v1/policies/replay", "a: [", "no YAML and no JSON")]
    [InlineData("POST", "/api/v1/policies/replay", "{kind: CiliumNetworkPolicy, apiVersion: cilium.io/v2}", "CiliumNetworkPolicy is not read")]
    [InlineData("POST", "/api/v1/policies/replay?limit=0", DefaultDeny, "limit = '0'")]
    [InlineData("POST", "/api/v1/policies/replay?from=2026-05-13&to=2026-05-12", DefaultDeny, "from = '2026-05-13'")]
    [InlineData("POST", "/api/v1/policies/diff", "[]", "body")]
    [InlineData("POST", "/api/v1/policies/diff", "{\"before\": 1}", "before = '1'")]
    [InlineData("POST", "/api/v1/policies/diff", "{\"after\": \"a: [\"}", "after.documents")]
    [InlineData("GET", "/api/v1/policies/proposal", "", "namespace")]
    [InlineData("GET", "/api/v1/policies/proposal?namespace=A", "", "namespace = 'A'")]
    [InlineData("GET", "/api/v1/policies/proposal?namespace=nosuch&from=2026-05-12&to=2026-05-13", "", "has no pod and no flow")]
    [InlineData("GET", "/api/v1/policies/proposal?namespace=shop&name=nosuch&from=2026-05-12&to=2026-05-13", "", "workload nosuch")]
    [InlineData("GET", "/api/v1/edges/changes?before_to=2026-05-12&before_from=2026-05-13", "", "before_from")]
    [InlineData("POST", "/api/v1/networkSecurity/namespaces/nosuch/simulatedPolicies", "", "\"message\":\"namespaceName = ")]
    [InlineData("POST", "/api/v1/networkSecurity/namespaces/shop/simulatedPolicies?from=1778544000000000000", "", "seconds, not nanoseconds")]
    [InlineData("POST", "/api/v1/networkSecurity/namespaces/shop/simulatedPolicies?kind=deployment", "", "kind = ")]
    [InlineData("POST", "/api/v1/networkSecurity/namespaces/shop/simulatedPolicies?kind=Pod", "", "is missing beside kind=Pod")]
    [InlineData("POST", "/api/v1/networkSecurity/networkPolicyOverlayOwnerTopology?kind=Pod&namespace=shop", "", "name = ")]
    [InlineData(
        "POST", "/api/v1/networkSecurity/networkPolicyOverlayOwnerTopology?kind=Pod&namespace=shop&name=x", "{kind: NetworkPolicy}",
        "\"details\":[{\"field\":\"documents[0].apiVersion\"")]
    public async Task Bad_requests_are_told_what_is_wrong(string method, string path, string body, string said)
    {
        using var answer = await ApiClient.PatientlyAsync(() => Api.SendAsync(
            new HttpMethod(method), path, method == "GET" ? null : new StringContent(body, Encoding.UTF8, "application/json")));
        var text = await answer.Content.ReadAsStringAsync();

        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{answer.StatusCode}: {text}");
        Assert.Contains(said, text.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Window_without_flows_is_empty_and_says_why_and_a_body_may_be_too_large()
    {
        var empty = await ReplayAsync(DefaultDeny, "from=2025-01-01&to=2025-01-02");
        Assert.StartsWith("flows are kept from ", empty["totals"]!["note"]!.GetValue<string>(), StringComparison.Ordinal);
        empty = await ReplayAsync(DefaultDeny, "from=-1h");
        Assert.StartsWith("no flow of the window", empty["totals"]!["note"]!.GetValue<string>(), StringComparison.Ordinal);
        using var large = await Api.PostAsync("/api/v1/policies/replay", new string(' ', 2 << 20));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.Equal("{}", await Api.GetTextAsync("/api/v1/networkSecurity/status"));
    }

    private static IEnumerable<string> Blocked(JsonNode overlay) => overlay["edges"]!.AsArray()
        .Select(edge => (Edge: edge!, Other: edge![edge["source"]!.GetValue<string>().EndsWith("/web", StringComparison.Ordinal) ? "target" : "source"]!))
        .Select(edge => $"{edge.Other.GetValue<string>().Split('/')[2]}:{edge.Edge["serverPort"]} "
            + string.Join('+', (edge.Edge["blockedBy"]?.AsArray() ?? []).Select(by => by!.GetValue<string>())))
        .Order(StringComparer.Ordinal);

    private async Task<JsonNode> OverlayAsync(string owner, string policies) =>
        JsonNode.Parse(await PostAsync($"/api/v1/networkSecurity/networkPolicyOverlayOwnerTopology?{owner}", policies))!;

    private static string Line(JsonNode edge) => string.Create(
        CultureInfo.InvariantCulture,
        $"{edge["client"]!["name"]} > {edge["server"]!["name"]} {edge["protocol"]}/{edge["server_port"]} {edge["decision"]} {edge["verdict"]} ")
        + string.Concat((edge["blocked_by"]?.AsArray() ?? []).Select(by =>
            $"{by!["direction"]} {string.Join(' ', by["policies"]!.AsArray().Select(policy => policy!.GetValue<string>()))} "))
        + edge["flows"]!.ToJsonString();

    private async Task<JsonNode> ReplayAsync(string policies, string window = Window) =>
        JsonNode.Parse(await PostAsync($"/api/v1/policies/replay?{window}", policies))!;

    private Task<string> PostAsync(string path, string body) => cluster.PostAsync(path, body);
}
