using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Conformance;

/// <summary>
/// The sequences of kguardian's controller, frontend, advisor and LLM bridge against a server that is set up as the broker is, with one token: each shape and
/// status as these clients rely on them.
/// </summary>
public sealed class BrokerClientsTests : IAsyncLifetime
{
    private const string Token = "Bearer cluster-token";

    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync(("BROKER_AUTH_TOKEN", Token["Bearer ".Length..]), ("KGUARDIAN_INVENTORY__ANONYMOUSPODLIST", "127.0.0.0/8"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Clients_work_as_with_the_broker()
    {
        await ControllerAsync();
        await FrontendAsync();
        await AdvisorAsync();
        await BridgeAsync();
    }

    /// <summary>A node's agent: it waits for health, says what runs on its node, sends events, and lists its pods without a token.</summary>
    private async Task ControllerAsync()
    {
        // The init container, before there is any token.
        Assert.Equal("Healthy!", await TextAsync("/health", token: null));
        Assert.Equal("[]", await TextAsync("/pod/list/node-1", token: null));
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync("/pod/spec", "{}", token: null)).Status);

        JsonObject[] pods =
            [Pods.Detail("shop-0", ip: "10.0.0.1"), Pods.Detail("shop-1", ip: "10.0.0.2"), Pods.Detail("db-0", "data", "10.0.0.3", "node-2")];
        foreach (var pod in pods)
        {
            var (status, stored) = await PostAsync("/pod/spec", pod.ToJsonString());
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True(JsonNode.DeepEquals(Pods.Shown(pod), JsonNode.Parse(stored)), stored);
        }

        // Pods that have no name yet, and headless services, are ignored.
        Assert.Equal(HttpStatusCode.OK, (await PostAsync("/pod/spec", Pods.Detail("").ToJsonString())).Status);
        foreach (var ip in new[] { "10.96.0.1", "None", "" })
        {
            var service = new JsonObject
            {
                ["svc_ip"] = ip,
                ["svc_name"] = "shop",
                ["svc_namespace"] = "shop",
                ["service_spec"] = new JsonObject { ["spec"] = new JsonObject { ["ports"] = new JsonArray() } },
                ["time_stamp"] = "2026-05-12T10:32:14",
            };
            Assert.Equal(HttpStatusCode.OK, (await PostAsync("/svc/spec", service.ToJsonString())).Status);
        }

        const string Calls =
            """[{"pod_name":"shop-0","pod_namespace":"shop","syscalls":["read","openat"],"arch":"x86_64","time_stamp":"2026-05-12T10:32:14.000001"}]""";
        Assert.Equal((HttpStatusCode.OK, "null"), await PostAsync("/pod/syscalls", Calls));
        // The restarted agent has seen less: nothing is lost.
        Assert.Equal((HttpStatusCode.OK, "null"), await PostAsync("/pod/syscalls", Calls.Replace(",\"openat\"", "", StringComparison.Ordinal)));

        // 100 events at a time, and after a lost answer up to 1,000 with the same uuids.
        var events = FlowEvent.Many("shop-0", 1000).Select(row => row with { PodNamespace = "shop", PodIp = "10.0.0.1" }).ToArray();
        Assert.Equal((HttpStatusCode.OK, "100"), await PostAsync("/pod/traffic/batch", Batch(events[..100])));
        Assert.Equal((HttpStatusCode.OK, "900"), await PostAsync("/pod/traffic/batch", Batch(events)));
        Assert.Equal((HttpStatusCode.OK, "0"), await PostAsync("/pod/traffic/batch", Batch(events)));
        Assert.Equal((HttpStatusCode.OK, "0"), await PostAsync("/pod/traffic/batch", "[]"));
        // One bad row keeps no other from being stored.
        var odd = FlowEvent.Of("shop-1", 1) with { PodNamespace = "shop", PodPort = null, Decision = "" };
        Assert.Equal((HttpStatusCode.OK, "1"), await PostAsync("/pod/traffic/batch", $"[7,{odd.ToJson()}]"));

        Assert.Equal((HttpStatusCode.OK, "0"), await PostAsync("/pod/mark_dead", """{"pod_name":"shop-1","pod_ip":"10.9.9.9"}"""));
        Assert.Equal((HttpStatusCode.OK, "1"), await PostAsync("/pod/mark_dead", """{"pod_name":" shop-1 ","pod_ip":"10.0.0.2"}"""));
        var listed = JsonNode.Parse(await TextAsync("/pod/list/node-1", token: null))!.AsArray();
        Assert.Equal("shop-0", Assert.Single(listed)!["pod_name"]!.GetValue<string>());
        // What newer agents send besides.
        Assert.Equal((HttpStatusCode.OK, "null"), await PostAsync("/node/facts", """{"node_name":"node-1","cidrs":["10.0.0.0/24"]}"""));
    }

    /// <summary>A browser: preflight, all pods, then the flows and names of each at once.</summary>
    private async Task FrontendAsync()
    {
        using (var preflight = await _server.Api.SendAsync(
            HttpMethod.Options, "/pod/info", content: null, ("Origin", "http://frontend"), ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "authorization")))
        {
            Assert.True(preflight.IsSuccessStatusCode, $"{preflight.StatusCode}");
            Assert.Equal(["*"], preflight.Headers.GetValues("Access-Control-Allow-Origin"));
            Assert.Equal(["3600"], preflight.Headers.GetValues("Access-Control-Max-Age"));
        }

        var pods = JsonNode.Parse(await TextAsync("/pod/info"))!.AsArray();
        Assert.Equal(["db-0", "shop-0", "shop-1"], pods.Select(pod => pod!["pod_name"]!.GetValue<string>()));
        Assert.Equal([false, false, true], pods.Select(pod => pod!["is_dead"]!.GetValue<bool>()));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => (i % 5) switch
        {
            0 => GetAsync("/pod/traffic/shop-0"),
            1 => GetAsync("/pod/traffic/shop-1?namespace=shop"),
            2 => GetAsync("/pod/ip/10.0.0.2"),
            3 => GetAsync("/svc/ip/10.96.0.1"),
            _ => GetAsync("/pod/traffic/nobody"),
        }));
        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal(i % 5 == 4 ? HttpStatusCode.NotFound : HttpStatusCode.OK, answers[i].Status);
        }

        Assert.Equal("No data found", answers[4].Text);
        var rows = JsonNode.Parse(answers[0].Text)!.AsArray();
        Assert.Equal(1000, rows.Count);
        var times = rows.Select(row => row!["time_stamp"]!.GetValue<string>()).ToArray();
        Assert.Equal(times.OrderDescending(StringComparer.Ordinal), times);
        Assert.Equal(
            ["uuid", "pod_name", "pod_namespace", "pod_ip", "pod_port", "ip_protocol", "traffic_type", "traffic_in_out_ip", "traffic_in_out_port", "decision",
                "time_stamp"],
            rows[0]!.AsObject().Select(member => member.Key));
        // Null is null, and the empty text is empty.
        var odd = Assert.Single(JsonNode.Parse(answers[1].Text)!.AsArray())!;
        Assert.Equal((null, "", "0"), (odd["pod_port"], odd["decision"]!.GetValue<string>(), odd["traffic_in_out_port"]!.GetValue<string>()));
        // Dead, and still the one that had the address.
        Assert.Equal("shop-1", JsonNode.Parse(answers[2].Text)!["pod_name"]!.GetValue<string>());
        Assert.Equal(
            ["svc_ip", "svc_name", "svc_namespace", "service_spec", "time_stamp"], JsonNode.Parse(answers[3].Text)!.AsObject().Select(member => member.Key));
        Assert.Equal("[]", await TextAsync("/audit/verdicts?namespace=&limit=500"));
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync("/audit/verdicts?verdict=allow")).Status);
    }

    /// <summary>Policies for one pod: its flows, its identity, each peer by its address, its system calls; 10 MiB of each at most.</summary>
    private async Task AdvisorAsync()
    {
        Assert.True(Encoding.UTF8.GetByteCount(await TextAsync("/pod/traffic/shop-0")) < 10 << 20);
        var pod = JsonNode.Parse(await TextAsync("/pod/name/shop-0"))!;
        Assert.Equal("shop", pod["pod_obj"]!["metadata"]!["labels"]!["app"]!.GetValue<string>());
        Assert.Equal("shop", pod["workload_selector_labels"]!["app"]!.GetValue<string>());
        Assert.Equal("db-0", JsonNode.Parse(await TextAsync("/pod/ip/10.0.0.3"))!["pod_name"]!.GetValue<string>());
        foreach (var unknown in new[] { "/pod/ip/203.0.113.7", "/svc/ip/203.0.113.7", "/pod/name/nobody" })
        {
            Assert.Equal((HttpStatusCode.NotFound, "No data found"), await GetAsync(unknown));
        }

        var calls = Assert.Single(JsonNode.Parse(await TextAsync("/pod/syscalls/shop-0"))!.AsArray())!;
        Assert.Equal(("openat,read", "x86_64"), (calls["syscalls"]!.GetValue<string>(), calls["arch"]!.GetValue<string>()));
        Assert.Equal("[]", await TextAsync("/pod/syscalls/nobody"));
    }

    /// <summary>Questions about everything.</summary>
    private async Task BridgeAsync()
    {
        // Unbounded, as documented; a limit is heeded, and one that is no number refused.
        Assert.Equal(1001, JsonNode.Parse(await TextAsync("/pod/traffic"))!.AsArray().Count);
        Assert.Equal(3, JsonNode.Parse(await TextAsync("/pod/traffic?limit=3"))!.AsArray().Count);
        Assert.Single(JsonNode.Parse(await TextAsync("/pod/traffic?limit=0"))!.AsArray());
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync("/pod/traffic?limit=abc")).Status);
        Assert.Single(JsonNode.Parse(await TextAsync("/svc/info"))!.AsArray());
        Assert.Equal(3, JsonNode.Parse(await TextAsync("/pod/info"))!.AsArray().Count);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync("/pod/traffic", token: null)).Status);
        Assert.Contains("broker_db_reachable 1\n", await TextAsync("/metrics", token: null), StringComparison.Ordinal);
        // Windows are there for who asks.
        Assert.Equal(
            10, JsonNode.Parse(await TextAsync("/pod/traffic/shop-0?from=2026-05-12T10:32:14.000007&to=2026-05-12T10:32:14.010007"))!.AsArray().Count);
        Assert.Equal(2, JsonNode.Parse(await TextAsync("/pod/traffic?to=2026-05-12T10:32:14.010007&limit=2"))!.AsArray().Count);
        Assert.Empty(JsonNode.Parse(await TextAsync("/pod/traffic?from=2030-01-01"))!.AsArray());
        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync("/pod/traffic?from=yesterday")).Status);
    }

    /// <summary>Events with members that newer agents add.</summary>
    private static string Batch(IEnumerable<FlowEvent> events) =>
        FlowEvent.Batch(events).Replace("\"uuid\"", "\"peer_kind\":\"pod\",\"peer_namespace\":null,\"peer_uid\":7,\"uuid\"", StringComparison.Ordinal);

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string path, string? token = Token)
    {
        using var answer = await _server.Api.GetAsync(path, token is null ? [] : [("Authorization", token)]);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private async Task<string> TextAsync(string path, string? token = Token)
    {
        var (status, text) = await GetAsync(path, token);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {text}");
        return text;
    }

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(string path, string body, string? token = Token)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _server.Api.SendAsync(HttpMethod.Post, path, content, token is null ? [] : [("Authorization", token)]);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
