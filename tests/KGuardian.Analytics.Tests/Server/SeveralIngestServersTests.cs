using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Engine;

namespace KGuardian.Analytics.Tests.Server;

/// <summary>Two servers take events into one store at once: rows may repeat, reads do not.</summary>
public sealed class SeveralIngestServersTests : IAsyncLifetime
{
    private static readonly (string, string) Several = ("KGUARDIAN_INGEST__SERVERS", "several");

    private readonly TestDirectory _otherDirectory = new();
    private RemoteStore _store = null!;
    private ServerProcess _one = null!;
    private ServerProcess _other = null!;

    public async Task InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _one = await _store.StartServerAsync(Several);
        _other = await ServerProcess.StartAsync(_otherDirectory.Path, [.. _store.Settings, Several]);
        await _store.SqlAsync("SYSTEM STOP MERGES kguardian.traffic");
    }

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await _store.DisposeAsync();
        _otherDirectory.Dispose();
    }

    [Fact]
    public async Task Flows_posted_to_both_at_once_are_read_once_by_every_route()
    {
        var pod = FlowEvent.NewPod();
        var flows = FlowEvent.Many(pod, 500);
        var counts = await Task.WhenAll(_one.Api.PostBatchAsync(flows), _other.Api.PostBatchAsync(flows));
        Assert.Equal(1000, counts.Sum());
        await Patience.UntilAsync("both stored them", async () => await _store.SqlAsync("SELECT count() FROM kguardian.traffic") == "1000");
        // Midnight in between: no merge would make them one.
        await _store.SqlAsync("INSERT INTO kguardian.traffic SELECT * REPLACE (arrival_day + 1 AS arrival_day, version - 86400 AS version) FROM kguardian.traffic LIMIT 100");
        const string Window = "from=2026-05-12&to=2026-05-13";
        var filter = $"filter=pod%3D{pod}";

        foreach (var api in new[] { _one.Api, _other.Api })
        {
            var expected = FlowEvent.NewestFirst(flows);
            Assert.Equal(expected, await api.GetPodAsync(pod));
            Assert.Equal(expected, await api.GetRowsAsync("/pod/traffic"));
            Assert.Equal(500, await NumberAsync(api, $"/api/v1/flows/count?{Window}&{filter}", "flows"));
            Assert.Equal(500, (await NodeAsync(api, $"/api/v1/flows?{Window}&{filter}&limit=1000"))["data"]!.AsArray().Count);
            Assert.Equal(501, (await api.GetTextAsync($"/api/v1/flows?{Window}&{filter}&format=csv")).TrimEnd().Split('\n').Length);
            Assert.Equal(500, (long)(await NodeAsync(api, $"/api/v1/flows/top?{Window}&by=pod&{filter}"))["data"]![0]!["flows"]!);
            Assert.Equal(500, (long)(await NodeAsync(api, $"/api/v1/flows/top?{Window}&by=pod&metric=observations&{filter}"))["data"]![0]!["observations"]!);
            Assert.Equal(500, await NumberAsync(api, "/api/v1/flow-reports?start=2026-05-12&end=2026-05-12&per_page=10", "total_count"));
            Assert.InRange(
                500, await NumberAsync(api, $"/api/v1/flows/count?{Window}&mode=fast", "flows") - await NumberAsync(api, $"/api/v1/flows/count?{Window}&mode=fast", "error"),
                await NumberAsync(api, $"/api/v1/flows/count?{Window}&mode=fast", "flows") + await NumberAsync(api, $"/api/v1/flows/count?{Window}&mode=fast", "error"));
        }
    }

    [Fact]
    public async Task Each_learns_what_the_other_stored()
    {
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 300);
        Assert.Equal(300, await _one.Api.PostBatchAsync(flows));

        await Patience.UntilAsync("the other knows them", async () => await _other.Api.GetMetricAsync("kguardian_dedup_index_flows") == 300);

        Assert.Equal(0, await _other.Api.PostBatchAsync(flows));
        Assert.Equal("300", await _store.SqlAsync("SELECT count() FROM kguardian.traffic"));
    }

    [Fact]
    public async Task Row_that_expired_does_not_hide_the_one_that_is_seen_again()
    {
        var flow = FlowEvent.Of(FlowEvent.NewPod(), 1);
        Assert.Equal(1, await _one.Api.PostBatchAsync([flow]));
        await Patience.UntilAsync("it is stored", async () => await _store.SqlAsync("SELECT count() FROM kguardian.traffic") == "1");
        // As it was seen a year ago: its version is higher, and its partition not dropped yet.
        await _store.SqlAsync("INSERT INTO kguardian.traffic SELECT * REPLACE (arrival_day - 365 AS arrival_day, version + 365 * 86400 AS version) FROM kguardian.traffic");

        Assert.Equal([flow], await _one.Api.GetPodAsync(flow.PodName!));
    }

    [Fact]
    public async Task Tail_and_clear_are_refused_with_the_reason()
    {
        using var tail = await _one.Api.GetAsync("/api/v1/flows/tail");
        using var clear = await _one.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", null);

        Assert.Equal(HttpStatusCode.NotImplemented, tail.StatusCode);
        Assert.Contains("Ingest:Servers = one", await tail.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, clear.StatusCode);
        Assert.Contains("Ingest:Servers", await clear.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<JsonNode> NodeAsync(ApiClient api, string path) => JsonNode.Parse(await api.GetTextAsync(path))!;

    private static async Task<long> NumberAsync(ApiClient api, string path, string name)
    {
        var node = await NodeAsync(api, path);
        return (long)(node[name] ?? node["result"]![name])!;
    }
}
