using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Activity;

/// <summary>Flows as events of the activity audit: what an event is, which there are, one of them, its trace, their counts.</summary>
public sealed class ActivityEventsTests(ActivityServer server) : IClassFixture<ActivityServer>
{
    /// <summary>The sample's window, in nanoseconds.</summary>
    private const string Sample = "from=1708011862000000000&to=1708011873000000000";

    [Fact]
    public async Task Sample_is_104_connections_whose_clients_have_the_ephemeral_ports()
    {
        var page = await server.PageAsync($"{Sample}&limit=9999");

        Assert.Equal((104, 104), (page.Data.Length, page.Total));
        Assert.Equal(page.Ids.Distinct().OrderDescending(StringComparer.Ordinal), page.Ids);
        Assert.All(page.Data, one => Assert.Equal("connection", one["type"]!.GetValue<string>()));
        Assert.Equal(RealFlows.Rows.Select(Expected).Order(StringComparer.Ordinal), page.Data.Select(Shown).Order(StringComparer.Ordinal));
        // Replies: the agent says that they come in, or go out, and they do the other way.
        Assert.Equal(46, page.Data.Count(one => Port(one, "clientPort") >= 32_768 && Port(one, "serverPort") < 32_768
            && one["clientIp"]!.GetValue<string>() == RealFlows.Rows.First(flow => flow.PodName == Label(one, "kubernetes.pod.name")).PodIp
                != (one["direction"]!.GetValue<string>() == "out")));
        Assert.All(page.Data, one => Assert.Equal(
            (Label(one, "kubernetes.cluster.name"), one["decision"]!.GetValue<string>() != "DROP"), ("here", one["traceable"]!.GetValue<bool>())));
        Assert.Equal(RealFlows.Events.Length, page.Data.Sum(one => one["count"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("", 104)]
    [InlineData("types=connections", 104)]
    [InlineData("types=connection", 104)]
    [InlineData("types=commands", 0)]
    [InlineData("types=commands, connections", 104)]
    [InlineData("types=", 104)]
    [InlineData("filter=", 104)]
    [InlineData("filter=type = connection", 104)]
    [InlineData("filter=pid = 1", 0)]
    [InlineData("filter=not pid = 1", 104)]
    [InlineData("filter=pid exists", 0)]
    [InlineData("filter=kubernetes.namespace.name = nowhere&scopeFilter=kubernetes.cluster.name = here", 0)]
    public async Task Types_and_filters_leave_some(string query, int count)
    {
        var page = await server.PageAsync($"{Sample}&limit=9999&{query}");

        Assert.Equal((count, count), (page.Data.Length, page.Total));
        Assert.True(page is { Prev: not null, Next: not null });
    }

    [Fact]
    public async Task Filter_and_scope_are_those_of_the_sample_counted_by_hand()
    {
        var served = RealFlows.Rows.Count(flow => flow.TrafficType == "EGRESS" && (IsPodClient(flow) ? flow.TrafficInOutPort : flow.PodPort) == "53");
        Assert.True(served > 0);
        Assert.Equal(served, (await server.PageAsync($"{Sample}&limit=9999&filter=direction = out and serverport = 53")).Total);
        var scoped = RealFlows.Rows.Count(flow => flow.PodNamespace == "openshift-dns");
        Assert.True(scoped > 0);
        Assert.Equal(scoped, (await server.PageAsync($"{Sample}&limit=9999&scopeFilter=kubernetes.namespace.name=\"openshift-dns\"")).Total);
        var both = RealFlows.Rows.Count(flow => flow.PodNamespace == "openshift-dns" && flow.Decision == "DROP");
        Assert.Equal(both, (await server.PageAsync($"{Sample}&scopeFilter=kubernetes.namespace.name = openshift-dns&filter=decision = drop")).Total);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=10000", "limit")]
    [InlineData("types=x", "types")]
    [InlineData("types=commands,command", "types")]
    [InlineData("types=commands,", "types")]
    [InlineData("from=2&to=1", "from")]
    [InlineData("from=9000000000000000000", "from")]
    [InlineData("from=-1", "from")]
    [InlineData("from=9223372036854775808", "from")]
    [InlineData("to=1.5", "to")]
    [InlineData("cursor=x", "cursor")]
    [InlineData("cursor=x&from=1", "cursor")]
    [InlineData("filter=nosuch = 1", "filter")]
    [InlineData("filter=pid = x", "filter")]
    [InlineData("scopeFilter=(", "scopeFilter")]
    [InlineData("segment=true", "segment")]
    public async Task Parameter_that_cannot_be_taken_is_400_that_names_it(string query, string name)
    {
        using var answer = await server.Api.GetAsync($"{ActivityServer.Base}/events?{query}");

        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, name);
    }

    [Fact]
    public async Task One_event_has_the_metrics_that_are_asked_for()
    {
        var listed = (await server.PageAsync($"{Sample}&limit=3")).Data;
        foreach (var one in listed)
        {
            var path = $"events/connections/{one["id"]}";
            Assert.Equal(one.ToJsonString(), (await server.JsonAsync(path)).ToJsonString());
            var capital = $"events/connection/{one["id"]!.GetValue<string>().ToUpperInvariant()}";
            Assert.Equal(one.ToJsonString(), (await server.JsonAsync(capital)).ToJsonString());
            var asked = await server.JsonAsync($"{path}?metrics=[\"host.hostName\",\"nope\",\"kubernetes.pod.name\"]");
            Assert.Equal($"""[null,null,"{Label(one, "kubernetes.pod.name")}"]""", asked["metrics"]!.ToJsonString());
        }

        foreach (var path in new[] { $"commands/{listed[0]["id"]}", $"flows/{listed[0]["id"]}", $"connections/{new string('0', 32)}",
            $"connections/{listed[0]["id"]!.GetValue<string>()[1..]}", $"connections/x%2F{listed[0]["id"]}" })
        {
            using var missing = await server.Api.GetAsync($"{ActivityServer.Base}/events/{path}");
            await AssertErrorAsync(missing, HttpStatusCode.NotFound, path.Split('/')[0]);
            using var trace = await server.Api.GetAsync($"{ActivityServer.Base}/events/{path}/trace");
            Assert.Equal(HttpStatusCode.NotFound, trace.StatusCode);
        }

        foreach (var metrics in new[] { "x", "[1]", "[null]", "{}", $"[{string.Join(',', Enumerable.Repeat("\"a\"", 51))}]" })
        {
            using var answer = await server.Api.GetAsync($"{ActivityServer.Base}/events/connections/{listed[0]["id"]}?metrics={Uri.EscapeDataString(metrics)}");
            await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "metrics");
        }
    }

    [Fact]
    public async Task Trace_is_what_the_pod_did_meanwhile()
    {
        var pod = FlowEvent.NewPod();
        FlowEvent At(int n, int second, string decision = "ALLOW") => FlowEvent.Of(pod, n) with { TimeStamp = Pods.Time(second), Decision = decision };
        await server.Api.PostBatchAsync([At(0, 10), At(1, 20), At(2, 30), At(3, 40, "DROP"), At(4, 50), FlowEvent.Of(FlowEvent.NewPod(), 0)]);
        // The first was seen until the third began, the second once only.
        await server.Api.PostBatchAsync([At(0, 30)]);
        await Patience.UntilAsync(async () => (await server.PageAsync($"{DayOf(Pods.Time(0))}&filter=pod = {pod} and count = 2")).Total == 1);
        var events = (await server.PageAsync($"{DayOf(Pods.Time(0))}&filter=pod = {pod}")).Ids;

        async Task<string[]> TraceAsync(string id, string query = "") =>
            [.. (await server.JsonAsync($"events/connections/{id}/trace{query}"))["data"]!.AsArray().Select(one => one!["id"]!.GetValue<string>())];
        // Newest first: 4, 3, 2, 1, 0.
        Assert.Equal(events[2..], await TraceAsync(events[4]));
        Assert.Equal([events[3], events[4]], await TraceAsync(events[3]));
        Assert.Equal([events[2], events[4]], await TraceAsync(events[2]));
        Assert.Equal([events[0]], await TraceAsync(events[0]));
        Assert.Equal([events[2]], await TraceAsync(events[4], "?limit=1"));
        var page = (await server.JsonAsync($"events/connections/{events[4]}/trace?limit=1"))["page"]!;
        Assert.Equal("""{"total":3}""", page.ToJsonString());

        using var dropped = await server.Api.GetAsync($"{ActivityServer.Base}/events/connections/{events[1]}/trace");
        await AssertErrorAsync(dropped, HttpStatusCode.UnprocessableEntity, "tracing");
    }

    [Fact]
    public async Task Trace_of_what_has_not_ended_goes_to_now()
    {
        var pod = FlowEvent.NewPod();
        var now = DateTime.UtcNow;
        FlowEvent Ago(int n, int minutes) =>
            FlowEvent.Of(pod, n) with { TimeStamp = now.AddMinutes(-minutes).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture) };
        await server.Api.PostBatchAsync([Ago(0, 180), Ago(1, 30), Ago(2, 10)]);
        var events = (await server.PageAsync($"filter=pod = {pod}")).Ids;

        Assert.Equal(3, events.Length);
        Assert.Equal(1, (await server.JsonAsync($"events/connections/{events[2]}/trace"))["page"]!["total"]!.GetValue<int>());
        Assert.Equal(2, (await server.JsonAsync($"events/connections/{events[1]}/trace"))["page"]!["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task Summary_is_an_array_of_one()
    {
        Assert.Equal(
            """[{"values":{"command":[],"connection":[[1708011862000000000,104]],"fileaccess":[],"kubernetes":[]},"step":11000000000}]""",
            await server.Api.GetTextAsync($"{ActivityServer.Base}/summary?{Sample}"));
        Assert.Equal(
            """[{"values":{"command":[],"kubernetes":[]},"step":1}]""",
            await server.Api.GetTextAsync($"{ActivityServer.Base}/summary?from=5&to=5&types=kubernetes, commands&segment=false"));
        var steps = (await server.JsonAsync($"summary?{Sample}&segment=true"))[0]!;
        Assert.Equal(10_000_000_000, steps["step"]!.GetValue<long>());
        var expected = RealFlows.Rows.GroupBy(flow => ActivityServer.Nanoseconds(flow.TimeStamp) / 10_000_000_000 * 10_000_000_000).ToDictionary(
            group => group.Key, group => group.Count());
        var points = steps["values"]!["connection"]!.AsArray().Select(point => (point![0]!.GetValue<long>(), point[1]!.GetValue<int>())).ToArray();
        Assert.Equal(104, points.Sum(point => point.Item2));
        Assert.Equal([1708011860000000000, 1708011870000000000], points.Select(point => point.Item1));
        Assert.All(points, point => Assert.Equal(expected.GetValueOrDefault(point.Item1), point.Item2));
        var wide = (await server.JsonAsync($"summary?from=1708000000000000000&to=1708020000000000000&segment=true"))[0]!;
        Assert.Equal((300_000_000_000, 68), (wide["step"]!.GetValue<long>(), wide["values"]!["connection"]!.AsArray().Count));
        Assert.Equal(104, wide["values"]!["connection"]!.AsArray().Sum(point => point![1]!.GetValue<int>()));
        var filtered = (await server.JsonAsync($"summary?{Sample}&filter=serverport exists or not serverport exists"))[0]!["values"]!["connection"]!;
        Assert.Equal(104, filtered[0]![1]!.GetValue<int>());
        using var answer = await server.Api.GetAsync($"{ActivityServer.Base}/summary?segment=1");
        await AssertErrorAsync(answer, HttpStatusCode.BadRequest, "segment");
    }

    [Fact]
    public async Task Labels_are_what_the_pod_was_then()
    {
        var name = FlowEvent.NewPod();
        var pod = Pods.Detail(name, "shop", "10.244.9.5", "node-9", time: Pods.Time(0));
        pod["pod_obj"]!["metadata"]!["labels"] = new JsonObject { ["app"] = "shop", ["a/b.c"] = "x y" };
        using var posted = await server.Api.PostAsync("/pod/spec", Pods.Utf8(pod));
        using var service = await server.Api.PostAsync("/svc/spec", Pods.Utf8(Pods.Service("10.96.9.10")));
        await server.Api.PostBatchAsync([FlowEvent.Of(name, 0) with { PodNamespace = "shop", PodIp = "10.244.9.5", TimeStamp = Pods.Time(60) }]);
        var query = $"{DayOf(Pods.Time(0))}&filter=pod = {name}";
        await Patience.UntilAsync(async () =>
            (await server.PageAsync(query)).Data[0]["labels"]!.AsObject() is var found && found.ContainsKey("host.hostName")
            && found.ContainsKey("kubernetes.service.name"));

        var one = Assert.Single((await server.PageAsync(query)).Data);

        Assert.Equal("node-9", one["hostname"]!.GetValue<string>());
        Assert.Equal(
            JsonNode.Parse($$"""
                {
                    "host.hostName": "node-9", "kubernetes.cluster.name": "here", "kubernetes.namespace.name": "shop", "kubernetes.node.name": "node-9",
                    "kubernetes.pod.label.a/b.c": "x y", "kubernetes.pod.label.app": "shop", "kubernetes.pod.name": "{{name}}",
                    "kubernetes.replicaSet.name": "shop-5d4f", "kubernetes.service.name": "shop", "kubernetes.workload.name": "shop-5d4f",
                    "kubernetes.workload.type": "ReplicaSet"
                }
                """)!.ToJsonString(),
            one["labels"]!.ToJsonString());
        // Each of them finds it.
        foreach (var (label, value) in one["labels"]!.AsObject())
        {
            Assert.Equal(1, (await server.PageAsync($"{query} and {Uri.EscapeDataString(label)} = \"{value}\"")).Total);
        }
    }

    [Fact]
    public async Task Flow_without_most_of_its_fields_is_an_event_too()
    {
        await server.Api.PostBatchAsync(
        [
            new FlowEvent { Uuid = Guid.NewGuid().ToString("D"), TimeStamp = "2031-01-07T01:00:00.000000" },
            new FlowEvent
            {
                Uuid = Guid.NewGuid().ToString("D"), TimeStamp = "2031-01-07T02:00:00.000000", PodIp = "fd00:31::1", TrafficType = "egress",
                TrafficInOutIp = "::ffff:203.0.113.9", TrafficInOutPort = "0443", IpProtocol = "GRE", Decision = "AUDIT",
            },
            new FlowEvent { Uuid = Guid.NewGuid().ToString("D"), TimeStamp = "1969-12-31T23:59:59.000000", PodName = "old", TrafficType = "LOCAL" },
        ]);

        var events = (await server.PageAsync(DayOf("2031-01-07T00:00:00.000000"))).Data;
        var (second, first) = (events[0], events[1]);
        string[] always = ["id", "cursor", "type", "timestamp", "timestampRFC3339Nano", "rxTimestamp", "count", "lastTimestamp", "traceable", "labels"];
        Assert.Equal(always, Members(first));
        Assert.Equal(
            [.. always[..6], "direction", "clientIp", "serverIpv4", "serverIp", "serverPort", "protocol", "decision", .. always[6..]], Members(second));
        Assert.Equal(
            ("out", "fd00:31::1", "203.0.113.9", "::ffff:203.0.113.9", 443, "GRE", false),
            (second["direction"]!.GetValue<string>(), second["clientIp"]!.GetValue<string>(), second["serverIpv4"]!.GetValue<string>(),
                second["serverIp"]!.GetValue<string>(), second["serverPort"]!.GetValue<int>(), second["protocol"]!.GetValue<string>(),
                second["traceable"]!.GetValue<bool>()));
        Assert.Equal("2031-01-07T02:00:00.000000000Z", second["timestampRFC3339Nano"]!.GetValue<string>());
        // What is before 1970 counts as 0, and has an id that finds it.
        var old = Assert.Single((await server.PageAsync("from=0&to=0")).Data);
        Assert.Equal((0L, "0000000000000000"), (old["timestamp"]!.GetValue<long>(), old["id"]!.GetValue<string>()[..16]));
        Assert.Equal(old.ToJsonString(), (await server.JsonAsync($"events/connections/{old["id"]}")).ToJsonString());

        static string[] Members(JsonNode one) => [.. one.AsObject().Select(member => member.Key)];
    }

    private static string DayOf(string time) =>
        $"from={ActivityServer.Nanoseconds(time[..10] + "T00:00:00")}&to={ActivityServer.Nanoseconds(time[..10] + "T23:59:59.999999")}";

    private static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string says)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        var error = JsonNode.Parse(text)!;
        Assert.Equal((int)status, error["status"]!.GetValue<int>());
        Assert.Contains(says, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith(ActivityServer.Base, error["path"]!.GetValue<string>(), StringComparison.OrdinalIgnoreCase);
    }

    private static string? Label(JsonNode one, string name) => one["labels"]![name]?.GetValue<string>();

    private static int Port(JsonNode one, string name) => one[name]?.GetValue<int>() ?? 0;

    private static bool IsPodClient(FlowEvent flow)
    {
        var (pod, peer) = (int.Parse(flow.PodPort!, CultureInfo.InvariantCulture), int.Parse(flow.TrafficInOutPort!, CultureInfo.InvariantCulture));
        return pod > 0 && peer > 0 && pod >= 32_768 != peer >= 32_768 ? pod >= 32_768 : flow.TrafficType == "EGRESS";
    }

    private static string Expected(FlowEvent flow)
    {
        var isClient = IsPodClient(flow);
        string End(bool isPod) => isPod ? $"{flow.PodIp}:{flow.PodPort}" : $"{flow.TrafficInOutIp}:{flow.TrafficInOutPort}";
        return $"{ActivityServer.Nanoseconds(flow.TimeStamp)} {flow.PodNamespace}/{flow.PodName} {(flow.TrafficType == "INGRESS" ? "in" : "out")} "
            + $"{End(isClient)} > {End(!isClient)} {flow.IpProtocol} {flow.Decision}";
    }

    private static string Shown(JsonNode one)
    {
        string End(string role) => $"{one[role + "Ipv4"]}:{Port(one, role + "Port")}";
        return $"{one["timestamp"]!.GetValue<long>()} {Label(one, "kubernetes.namespace.name")}/{Label(one, "kubernetes.pod.name")} {one["direction"]} "
            + $"{End("client")} > {End("server")} {one["protocol"]} {one["decision"]}";
    }
}
