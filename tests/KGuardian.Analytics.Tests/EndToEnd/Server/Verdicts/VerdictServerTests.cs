using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Peers;
using KGuardian.Analytics.Tests.Testing.Servers;
using Microsoft.AspNetCore.Http;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Verdicts;

/// <summary>A server that asks an evaluator about new flows, and the broker's route of what it said.</summary>
public sealed class VerdictServerTests : IAsyncLifetime
{
    private TestEvaluator _evaluator = null!;
    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    private ApiClient Api => _server.Api;

    public async ValueTask InitializeAsync()
    {
        _evaluator = await TestEvaluator.StartAsync();
        _evaluator.Answer = (context, flow) => context.Response.WriteAsync(TestEvaluator.Results(
            TestEvaluator.Result(policy: $"of-{flow["dstPodName"]}"), TestEvaluator.Result("Allow", "wide", policyNamespace: "")));
        _store = await RemoteStore.CreateAsync();
        _server = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
        await _evaluator.DisposeAsync();
    }

    [Fact]
    public async Task Verdicts_of_new_flows_are_shown_as_documented()
    {
        Assert.Equal("[]", await Api.GetTextAsync("/audit/verdicts"));
        var flow = FlowEvent.Of("shop-0", 1) with { PodNamespace = "shop", PodIp = "10.0.0.1" };
        // Sent three times, and once beside another: it is new once.
        Assert.Equal(1, await Api.PostBatchAsync([flow, flow]));
        Assert.Equal(0, await Api.PostBatchAsync([flow]));
        await ShownAsync(2);
        var other = flow with { Uuid = Guid.NewGuid().ToString(), PodName = "shop-1", PodNamespace = "tests", PodIp = "10.0.0.2", PodPort = null };
        Assert.Equal(1, await Api.PostBatchAsync([flow, other]));

        var rows = await ShownAsync(4);

        Assert.Equal(2, _evaluator.Asked.Count);
        Assert.Equal(
            """
            {"policy_uid":"8b8c1c8e-0000-4000-8000-000000000001","policy_namespace":null,"policy_name":"wide","direction":"Ingress",
            "src_namespace":null,"src_pod":null,"dst_namespace":"tests","dst_pod":"shop-1","dst_port":null,"protocol":"TCP",
            "reason":null,"observed_at":"2026-05-12T10:32:14.001007","verdict":"Allow"}
            """.ReplaceLineEndings(""),
            WithoutId(rows[0]!));
        Assert.Equal(
            """
            {"policy_uid":"8b8c1c8e-0000-4000-8000-000000000001","policy_namespace":"shop","policy_name":"of-shop-0","direction":"Ingress",
            "src_namespace":null,"src_pod":null,"dst_namespace":"shop","dst_pod":"shop-0","dst_port":8080,"protocol":"TCP",
            "reason":"no rule of the policy allows it","observed_at":"2026-05-12T10:32:14.001007","verdict":"WouldDeny"}
            """.ReplaceLineEndings(""),
            WithoutId(rows.Single(row => row!["policy_name"]!.GetValue<string>() == "of-shop-0")!));
        var ids = rows.Select(row => row!["id"]!.GetValue<long>()).ToArray();
        Assert.Equal(ids.OrderDescending(), ids);
        Assert.Equal(4, ids.Distinct().Count());
        foreach (var (query, count) in new Dictionary<string, int>
        {
            ["policy=wide"] = 2,
            ["policy="] = 4,
            ["namespace="] = 2,
            ["namespace=shop"] = 2,
            ["namespace=none"] = 0,
            ["verdict=Allow"] = 2,
            ["verdict=WouldDeny&policy=of-shop-1"] = 1,
            ["direction=Ingress"] = 4,
            ["direction=Egress"] = 0,
            ["limit=3"] = 3,
            ["limit=0"] = 1,
            ["limit=-7"] = 1,
            ["limit=501"] = 4,
            ["limit=9223372036854775807"] = 4,
            ["unknown=1"] = 4,
            ["LIMIT=2"] = 2,
        })
        {
            Assert.Equal((query, count), (query, JsonNode.Parse(await Api.GetTextAsync($"/audit/verdicts?{query}"))!.AsArray().Count));
        }

        Assert.Equal((1, 16, 0), (
            await Api.GetMetricAsync("broker_audit_enabled"), await Api.GetMetricAsync("broker_audit_inflight_available"),
            await Api.GetMetricAsync("broker_audit_dropped_total")));
        Assert.Equal(2, await Api.GetMetricAsync("kguardian_verdicts_evaluations_total{result=\"answered\"}"));
    }

    [Fact]
    public async Task Parameter_that_cannot_be_taken_is_400_with_a_sentence()
    {
        string[] queries =
        [
            "verdict=allow", "verdict=", "verdict=Deny", "direction=INGRESS", "direction=", "limit=abc", "limit=", "limit=1.5",
            "limit=99999999999999999999", "policy=a&policy=b", $"namespace={new string('x', 1025)}",
        ];
        foreach (var query in queries)
        {
            using var answer = await Api.GetAsync($"/audit/verdicts?{query}");
            var text = await answer.Content.ReadAsStringAsync();

            Assert.Equal(
                (query, HttpStatusCode.BadRequest, "text/plain"), (query, answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.StartsWith(query[..query.IndexOf('=', StringComparison.Ordinal)], text, StringComparison.Ordinal);
            Assert.Contains("Allowed: ", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Flows_are_taken_while_the_evaluator_hangs_and_what_is_too_much_is_shed()
    {
        var release = new TaskCompletionSource();
        _evaluator.Answer = async (context, _) =>
        {
            await release.Task;
            await context.Response.WriteAsync("""{"results":[]}""");
        };
        await _server.StopAsync();
        await _server.DisposeAsync();
        _server = await StartAsync(
            ("EVALUATOR_URL", "http://127.0.0.1:9/"), ("KGUARDIAN_VERDICTS__MAXQUEUEDFLOWS", "100"), ("AUDIT_INFLIGHT_PERMITS", "2"),
            ("KGUARDIAN_VERDICTS__TIMEOUT", "00:05:00"));
        var flows = FlowEvent.Many("shop-0", 1000);

        // Answered although nobody answers us: else the first would wait for ever.
        foreach (var batch in flows.Chunk(250))
        {
            Assert.Equal(250, await Api.PostBatchAsync(batch));
        }

        Assert.InRange(await Api.GetMetricAsync("broker_audit_dropped_total"), 898, 900);
        await Patience.UntilAsync("both permits are taken", async () => await Api.GetMetricAsync("broker_audit_inflight_available") == 0);
        using var doctor = await Api.GetAsync("/api/v1/admin/doctor");
        Assert.Contains("new flows were not sent to the evaluator", await doctor.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        release.SetResult();
        await Patience.UntilAsync("the queue is worked off", async () => await Api.GetMetricAsync("kguardian_verdicts_queued_flows") == 0);
        Assert.Equal(1000, (await Api.GetRowsAsync("/pod/traffic")).Length);
    }

    [Fact]
    public async Task Kill_and_resend_ask_about_no_flow_twice()
    {
        var flows = FlowEvent.Many("shop-0", 500);
        Assert.Equal(500, await Api.PostBatchAsync(flows));
        // What waits in the queue, and what waits in the journal, is left behind.
        await _server.KillAsync();
        await _server.DisposeAsync();
        _server = await StartAsync();

        Assert.Equal(0, await Api.PostBatchAsync(flows));
        var more = FlowEvent.Of("shop-1", 1);
        Assert.Equal(1, await Api.PostBatchAsync([more]));

        await Patience.UntilAsync("the flow after them is asked about", () => _evaluator.Asked.Any(flow => flow["dstPodName"]!.GetValue<string>() == "shop-1"));
        Assert.Equal(0, await Api.GetMetricAsync("kguardian_verdicts_queued_flows"));
        var asked = _evaluator.Asked.Select(flow => $"{flow["dstPodName"]} {flow["srcIP"]}").ToArray();
        Assert.Equal(asked.Distinct(), asked);
    }

    [Fact]
    public async Task Orderly_end_stores_what_was_asked_about()
    {
        Assert.Equal(300, await Api.PostBatchAsync(FlowEvent.Many("shop-0", 300)));
        await _server.StopAsync();
        await _server.DisposeAsync();

        _server = await StartAsync();

        Assert.Equal(300, _evaluator.Asked.Count);
        Assert.Equal("600", await _store.SqlAsync("SELECT count() FROM kguardian.audit_verdicts"));
        Assert.Equal(500, JsonNode.Parse(await Api.GetTextAsync("/audit/verdicts?limit=1000"))!.AsArray().Count);
    }

    private static string WithoutId(JsonNode row)
    {
        var copy = row.DeepClone().AsObject();
        copy.Remove("id");
        return copy.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    private Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings) =>
        _store.StartServerAsync([
            ("KGUARDIAN_VERDICTS__EVALUATORURL", _evaluator.Url.ToString()), ("KGUARDIAN_VERDICTS__TIMEOUT", "00:01:00"), .. settings,
        ]);

    private async Task<JsonArray> ShownAsync(int rows)
    {
        JsonArray shown = [];
        await Patience.UntilAsync($"{rows} verdicts are shown", async () =>
        {
            shown = JsonNode.Parse(await Api.GetTextAsync("/audit/verdicts"))!.AsArray();
            return shown.Count >= rows;
        });
        return shown;
    }
}
