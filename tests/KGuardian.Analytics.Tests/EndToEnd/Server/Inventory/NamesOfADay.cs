using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Inventory;

/// <summary>
/// A day of a small cluster, made here and replayed through HTTP: an address has several owners, a pod dies, a service moves, specs come late. Each flow's
/// names are what was true then.
/// </summary>
public abstract class NamesOfADay : IAsyncLifetime
{
    private const string Window = "from=2026-05-12&to=2026-05-13";
    private const string Fields =
        "fields=pod_name,workload_kind,workload,node,peer_type,peer_namespace,peer_pod,peer_workload,peer_service,peer_node,time_stamp";

    private ServerProcess _server = null!;

    private ApiClient Api => _server.Api;

    public async ValueTask InitializeAsync()
    {
        _server = await StartAsync();
        await PostDayAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_server);
        GC.SuppressFinalize(this);
    }

    private protected abstract Task<ServerProcess> StartAsync();

    private protected abstract ValueTask StopAsync(ServerProcess server);

    [Fact]
    public async Task Flows_show_whose_their_ends_were_then()
    {
        string[] expected =
        [
            "30 client-0 StatefulSet client node-1 | - - - - - -",
            "100 client-0 StatefulSet client node-1 | POD shop web-5d4f-a web - node-1",
            "1990 client-0 StatefulSet client node-1 | POD shop web-5d4f-a web - node-1",
            "2000 client-0 StatefulSet client node-1 | - - - - - -",
            "2950 client-0 StatefulSet client node-1 | POD other db-0 db - node-2",
            "3100 client-0 StatefulSet client node-1 | POD other db-0 db - node-2",
            "4000 client-0 StatefulSet client node-1 | SERVICE shop - - front -",
            "5000 client-0 StatefulSet client node-1 | SERVICE other - - back -",
            "6000 client-0 StatefulSet client node-1 | NODE - - - - node-2",
            "7000 stranger - - - | - - - - - -",
        ];
        var page = JsonNode.Parse(await Api.GetTextAsync($"/api/v1/flows?{Window}&order=asc&{Fields}"))!["data"]!.AsArray();
        Assert.Equal(expected, page.Select(row => Line(row!)));

        var lines = await Api.GetTextAsync($"/api/v1/flows?{Window}&order=asc&{Fields}&format=ndjson");
        Assert.Equal(expected, lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Line(JsonNode.Parse(line)!)));

        var csv = await Api.GetTextAsync($"/api/v1/flows?{Window}&order=asc&fields=peer_workload,peer_labels&format=csv");
        Assert.Equal("\"web\",\"{\"\"app\"\":\"\"shop\"\",\"\"pod-template-hash\"\":\"\"5d4f\"\"}\"", csv.Split('\n')[2]);
        Assert.Equal(["2000", "30", "7000"], await TimesAsync("not peer_type exists"));
        Assert.Equal(["100", "1990"], await TimesAsync("peer_workload = web"));
        Assert.Equal(["2950", "3100"], await TimesAsync("peer_namespace = other and peer_workload_kind in (StatefulSet, Job)"));
        Assert.Equal(["100", "1990"], await TimesAsync("peer_label.app = shop and not peer_pod = db-0"));
        Assert.Equal(["4000", "5000"], await TimesAsync("peer_service exists"));
        Assert.Equal(["6000"], await TimesAsync("peer_node = node-2 and peer_type = NODE"));
        Assert.Equal(["7000"], await TimesAsync("workload != client"));
        Assert.Equal(["7000"], await TimesAsync("not label.tier exists"));
    }

    [Fact]
    public async Task Flows_are_counted_by_names()
    {
        var top = JsonNode.Parse(await Api.GetTextAsync($"/api/v1/flows/top?{Window}&by=workload,peer_workload"))!;
        Assert.Equal(
            ["client - 5", "client db 2", "client web 2", "- - 1"],
            top["data"]!.AsArray().Select(row => $"{Text(row!["workload"])} {Text(row["peer_workload"])} {row["flows"]}"));
        var seen = JsonNode.Parse(await Api.GetTextAsync($"/api/v1/flows/top?{Window}&by=peer_node&metric=observations"))!;
        Assert.Equal(["- 5", "node-2 3", "node-1 2"], seen["data"]!.AsArray().Select(row => $"{Text(row!["peer_node"])} {row["observations"]}"));
        var edges = JsonNode.Parse(await Api.GetTextAsync($"/api/v1/flows/edges?{Window}&by=workload"))!["data"]!.AsArray();
        Assert.Contains(edges, edge => Text(edge!["workload"]) == "client" && Text(edge["peer_service"]) == "front" && edge["flows"]!.GetValue<int>() == 1);
        var series = JsonNode.Parse(await Api.GetTextAsync(
            $"/api/v1/flows/timeseries?{Window}&step=1d&filter={Uri.EscapeDataString("peer_workload = web")}"))!;
        Assert.Equal(2, series["data"]![0]!["flows"]!.GetValue<int>());
        var active = JsonNode.Parse(await Api.GetTextAsync(
            $"/api/v1/flows/timeseries?{Window}&step=1d&metric=active&filter={Uri.EscapeDataString("peer_workload = web")}"))!;
        Assert.Equal(2, active["data"]![0]!["observations"]!.GetValue<int>());
    }

    [Fact]
    public async Task Addresses_have_had_owners_from_when_to_when()
    {
        Assert.Equal(
            ["POD other db-0 StatefulSet db node-2 2940-", "POD shop web-5d4f-a Deployment web node-1 40-2000"], await OwnersAsync("10.0.0.1", Window));
        Assert.Equal(
            ["POD shop web-5d4f-a Deployment web node-1 40-2000"], await OwnersAsync("::ffff:10.0.0.1", "from=2026-05-12T10:10:00Z&to=2026-05-12T10:40:00Z"));
        Assert.Empty(await OwnersAsync("10.0.0.1", "from=2026-05-12T10:33:20Z&to=2026-05-12T10:49:00Z"));
        Assert.Equal(["SERVICE other back - - - 4500-", "SERVICE shop front - - - 3500-4500"], await OwnersAsync("10.96.0.1", Window));
        Assert.Equal(["NODE - node-2 - - node-2 -10-"], await OwnersAsync("192.168.0.2", Window));
        Assert.Empty(await OwnersAsync("fd00::1", Window));
        foreach (var wrong in new[] { "nothing", "10.0.0.1.2.3", "10.0.0.0%2F24", "'%20OR%201=1" })
        {
            using var refused = await Api.GetAsync($"/api/v1/inventory/addresses/{wrong}/owners?{Window}");
            await Problem.AssertAsync(refused, HttpStatusCode.BadRequest, "is no address");
        }

        async Task<string[]> OwnersAsync(string address, string window) =>
        [
            .. JsonNode.Parse(await Api.GetTextAsync($"/api/v1/inventory/addresses/{address}/owners?{window}"))!["owners"]!.AsArray().Select(owner =>
                string.Join(' ', new[] { "type", "namespace", "name", "workload_kind", "workload", "node" }.Select(member => Shown($"{owner![member]}")))
                + $" {SecondOf(owner!["from"])}-{SecondOf(owner["to"])}"),
        ];

        static string Shown(string text) => text.Length == 0 ? "-" : text;

        static string SecondOf(JsonNode? time) => time is null ? "" : Seconds(new JsonObject { ["time_stamp"] = time.DeepClone() });
    }

    [Fact]
    public async Task Traffic_events_name_the_other_side()
    {
        var events = JsonDocument.Parse(await Api.GetTextAsync("/api/events/network-traffic?start_date=2026-05-12&end_date=2026-05-12"));
        Assert.Equal(
            [
                "EXTERNAL 10.0.0.9  ", "NODE node-2 node-2 ", "SERVICE other/back back back.other.svc", "SERVICE shop/front front front.shop.svc",
                "POD other/db-0 db-0 ", "POD other/db-0 db-0 ", "EXTERNAL 10.0.0.1  ", "POD shop/web-5d4f-a web-5d4f-a ", "POD shop/web-5d4f-a web-5d4f-a ",
                "EXTERNAL 10.0.0.1  ",
            ],
            events.RootElement.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("destination")).Select(end =>
                $"{end.GetProperty("type")} {end.GetProperty("id")} {end.GetProperty("name")} {end.GetProperty("dns_label")}"));
    }

    [Fact]
    public async Task What_names_cannot_do_is_said()
    {
        using var tail = await Api.GetAsync($"/api/v1/flows/tail?filter={Uri.EscapeDataString("peer_workload = web")}");
        Assert.Equal(HttpStatusCode.BadRequest, tail.StatusCode);
        using var collapsed = await Api.GetAsync($"/api/v1/flows?{Window}&collapse=ports&fields=workload");
        Assert.Equal(HttpStatusCode.BadRequest, collapsed.StatusCode);
        using var unknown = await Api.GetAsync($"/api/v1/flows?{Window}&filter={Uri.EscapeDataString("label. = x")}");
        Assert.Equal(HttpStatusCode.BadRequest, unknown.StatusCode);
    }

    /// <summary>What happened, not in the order in which it did.</summary>
    private async Task PostDayAsync()
    {
        await PostAsync("/pod/spec", Pod("client-0", "shop", "10.0.0.5", "node-1", 0, "StatefulSet", "client", ("tier", "x")));
        // The later owner of 10.0.0.1 is said before the earlier one.
        await PostAsync("/pod/spec", Pod("db-0", "other", "10.0.0.1", "node-2", 3000, "StatefulSet", "db", ("app", "db")));
        await PostAsync(
            "/pod/spec", Pod("web-5d4f-a", "shop", "10.0.0.1", "node-1", 100, "ReplicaSet", "web-5d4f", ("app", "shop"), ("pod-template-hash", "5d4f")));
        var dead = Pod("web-5d4f-a", "shop", "10.0.0.1", "node-1", 2000, "ReplicaSet", "web-5d4f", ("app", "shop"));
        dead["is_dead"] = true;
        await PostAsync("/pod/spec", dead);
        await PostAsync("/svc/spec", Pods.Service("10.96.0.1", "front", "shop", Pods.Time(3500)));
        await PostAsync("/svc/spec", Pods.Service("10.96.0.1", "back", "other", Pods.Time(4500)));
        var host = Pod("proxy", "kube-system", "192.168.0.2", "node-2", 50, "DaemonSet", "proxy");
        host["host_network"] = true;
        await PostAsync("/pod/spec", host);
        (int Seconds, string Peer)[] flows =
        [
            (30, "10.0.0.1"), (100, "10.0.0.1"), (1990, "10.0.0.1"), (2000, "10.0.0.1"), (2950, "10.0.0.1"), (3100, "10.0.0.1"),
            (4000, "10.96.0.1"), (5000, "10.96.0.1"), (6000, "192.168.0.2"),
        ];
        await Api.PostBatchAsync([.. flows.Select(flow => Flow("client-0", flow.Seconds, flow.Peer)), Flow("stranger", 7000, "10.0.0.9")]);
        await Patience.UntilAsync(async () => (await TimesAsync("workload = client and peer_service exists")).Length == 2
            && (await TimesAsync("peer_type = NODE")).Length == 1 && (await TimesAsync("peer_pod = web-5d4f-a")).Length == 2);
    }

    private async Task<string[]> TimesAsync(string filter)
    {
        var page = await Api.GetTextAsync($"/api/v1/flows?{Window}&fields=time_stamp&filter={Uri.EscapeDataString(filter)}");
        var rows = JsonNode.Parse(page)!["data"]!.AsArray();
        return [.. rows.Select(row => Seconds(row!)).Order(StringComparer.Ordinal)];
    }

    private static JsonObject Pod(
        string name, string space, string ip, string node, int time, string kind, string owner, params (string Key, string Value)[] labels)
    {
        var detail = Pods.Detail(name, space, ip, node, time: Pods.Time(time));
        var metadata = new JsonObject
        {
            ["creationTimestamp"] = $"{Pods.Time(time - 60)[..19]}Z",
            ["ownerReferences"] = new JsonArray(new JsonObject { ["kind"] = kind, ["name"] = owner, ["controller"] = true }),
        };
        if (labels.Length > 0)
        {
            metadata["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)));
        }

        detail["pod_obj"] = new JsonObject { ["metadata"] = metadata };
        return detail;
    }

    private static FlowEvent Flow(string pod, int seconds, string peer) => FlowEvent.Of(pod, seconds) with
    {
        PodNamespace = "shop",
        PodIp = "10.0.0.5",
        PodPort = "0",
        TrafficType = "EGRESS",
        TrafficInOutIp = peer,
        TrafficInOutPort = (1000 + seconds).ToString(CultureInfo.InvariantCulture),
        IpProtocol = "TCP",
        Decision = "ALLOW",
        TimeStamp = Pods.Time(seconds),
    };

    private static string Line(JsonNode row) =>
        $"{Seconds(row)} {row["pod_name"]} {Text(row["workload_kind"])} {Text(row["workload"])} {Text(row["node"])} | "
        + string.Join(' ', new[] { "peer_type", "peer_namespace", "peer_pod", "peer_workload", "peer_service", "peer_node" }.Select(name => Text(row[name])));

    private static string Seconds(JsonNode row) =>
        (DateTimeOffset.Parse(row["time_stamp"]!.GetValue<string>(), CultureInfo.InvariantCulture) - new DateTimeOffset(2026, 5, 12, 10, 0, 0, TimeSpan.Zero))
            .TotalSeconds.ToString(CultureInfo.InvariantCulture);

    private static string Text(JsonNode? value) => value is null ? "-" : value.GetValue<string>();

    private async Task PostAsync(string path, JsonNode body)
    {
        using var response = await ApiClient.PatientlyAsync(() => Api.PostAsync(path, body.ToJsonString()));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
