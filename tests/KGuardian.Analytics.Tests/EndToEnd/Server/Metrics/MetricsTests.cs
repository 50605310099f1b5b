using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Metrics;

/// <summary>The series after a known load on a server of its own.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Series_of_the_broker_and_ours_add_up_after_a_known_load()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("KGUARDIAN_INGEST__MAXBODYBYTES", "100000"));
        var api = server.Api;
        var before = await ReadAsync(api);
        string[] fromTheStart =
        [
            "kguardian_events_received_total", "kguardian_events_new_total", "kguardian_events_repeated_total",
            "kguardian_events_rejected_total{reason=\"bad_port\"}", "kguardian_ingest_requests_refused_total{status=\"503\"}",
            "kguardian_node_restarts_total", "kguardian_bytes_streamed_total", "kguardian_dedup_known_flows", "kguardian_ingest_backlog_flows",
        ];
        Assert.All(fromTheStart, name => Assert.Equal(0, before[name]));

        await LoadAsync(api);
        var after = await ReadAsync(api);

        Assert.Equal(1, after["broker_db_schema_ready"]);
        Assert.Equal(1, after["broker_db_reachable"]);
        Assert.Equal(0, after["broker_audit_enabled"]);
        Assert.Equal(16, after["broker_audit_inflight_available"]);
        Assert.Equal(0, after["broker_audit_dropped_total"]);
        Assert.Equal(after["broker_db_pool_max"], after["broker_db_pool_idle"]);
        Assert.InRange(before["broker_uptime_seconds"], 0, 3600);
        await Patience.UntilAsync("the uptime grows", async () => (await ReadAsync(api))["broker_uptime_seconds"] > before["broker_uptime_seconds"]);
        Assert.Equal(128 + 128 + 2 + 3, after["kguardian_events_received_total"]);
        Assert.Equal(104 + 1 + 1, after["kguardian_events_new_total"]);
        Assert.Equal(24 + 128 + 1, after["kguardian_events_repeated_total"]);
        Assert.Equal(1, after["kguardian_events_rejected_total{reason=\"bad_port\"}"]);
        Assert.Equal(1, after["kguardian_events_rejected_total{reason=\"missing_uuid\"}"]);
        Assert.Equal(1, after["kguardian_ingest_requests_refused_total{status=\"400\"}"]);
        Assert.Equal(1, after["kguardian_ingest_requests_refused_total{status=\"413\"}"]);
        Assert.Equal(106, after["kguardian_dedup_known_flows"]);
        Assert.Equal(1, after["kguardian_dedup_index_complete"]);
        Assert.Equal(0, after["kguardian_ingest_backlog_flows"]);
        Assert.Equal(106, after["kguardian_commit_flows_sum"]);
        Assert.Equal(106, after["kguardian_insert_flows_sum"]);
        Assert.True(after["kguardian_bytes_streamed_total"] > 106 * 200);
        foreach (var name in new[] { "kguardian_commit_flows", "kguardian_commit_seconds", "kguardian_insert_flows", "kguardian_insert_seconds" })
        {
            PrometheusText.AssertHistogram(after, name);
        }
    }

    private static async Task LoadAsync(ApiClient api)
    {
        Assert.Equal(104, await api.PostBatchAsync(RealFlows.Events));
        Assert.Equal(0, await api.PostBatchAsync(RealFlows.Events));
        var pod = FlowEvent.NewPod();
        var single = FlowEvent.Of(pod, 1);
        foreach (var _ in new[] { "new", "known" })
        {
            await StatusAsync(api.PostAsync("/pod/traffic", single.ToJson()), HttpStatusCode.OK);
        }

        FlowEvent[] mixed = [FlowEvent.Of(pod, 2), FlowEvent.Of(pod, 3) with { PodPort = "x" }, FlowEvent.Of(pod, 4) with { Uuid = null }];
        Assert.Equal(1, await api.PostBatchAsync(mixed));
        await StatusAsync(api.PostAsync("/pod/traffic/batch", "nonsense"), HttpStatusCode.BadRequest);
        await StatusAsync(api.PostAsync("/pod/traffic/batch", new string(' ', 100_001)), HttpStatusCode.RequestEntityTooLarge);
        Assert.Equal(106, (await api.GetRowsAsync("/pod/traffic")).Length);
    }

    private static async Task StatusAsync(Task<HttpResponseMessage> asked, HttpStatusCode status)
    {
        using var answer = await asked;
        Assert.Equal(status, answer.StatusCode);
    }

    private static async Task<Dictionary<string, double>> ReadAsync(ApiClient api)
    {
        using var answer = await api.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        return PrometheusText.Parse(await answer.Content.ReadAsStringAsync());
    }
}
