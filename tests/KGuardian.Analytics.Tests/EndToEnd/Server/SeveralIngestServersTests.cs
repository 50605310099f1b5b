using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Two servers take events into one store at once: rows may repeat, reads do not.</summary>
public sealed class SeveralIngestServersTests(ServerPair servers) : IClassFixture<ServerPair>
{
    private readonly ApiClient _one = servers.One.Api;
    private readonly ApiClient _other = servers.Other.Api;

    [Fact]
    public async Task Flows_posted_to_both_at_once_are_read_once_by_every_route()
    {
        var pod = FlowEvent.NewPod();
        var flows = FlowEvent.Many(pod, 500);
        var counts = await Task.WhenAll(_one.PostBatchAsync(flows), _other.PostBatchAsync(flows));
        // As many as one had not learned from the other in time.
        Assert.InRange(counts.Sum(), 500, 1000);
        await servers.StoredAsync(pod, counts.Sum());
        // All once more, as if neither had learned anything; some behind midnight: no merge would make them one.
        await servers.SqlAsync($"INSERT INTO kguardian.traffic SELECT * REPLACE (version - 1 AS version) FROM kguardian.traffic WHERE pod_name = '{pod}'");
        await servers.SqlAsync(
            "INSERT INTO kguardian.traffic SELECT * REPLACE (arrival_day + 1 AS arrival_day, version - 86400 AS version) "
            + $"FROM kguardian.traffic WHERE pod_name = '{pod}' LIMIT 100");
        var all = await FlowsAsync();
        const string Window = "from=2026-05-12&to=2026-05-13";
        var filter = $"filter=pod%3D{pod}";

        foreach (var api in new[] { _one, _other })
        {
            var expected = FlowEvent.NewestFirst(flows);
            Assert.Equal(expected, await api.GetPodAsync(pod));
            Assert.Equal(expected, (await api.GetRowsAsync("/pod/traffic")).Where(row => row.PodName == pod));
            Assert.Equal(500, await NumberAsync(api, $"/api/v1/flows/count?{Window}&{filter}", "flows"));
            Assert.Equal(500, (await NodeAsync(api, $"/api/v1/flows?{Window}&{filter}&limit=1000"))["data"]!.AsArray().Count);
            Assert.Equal(501, (await api.GetTextAsync($"/api/v1/flows?{Window}&{filter}&format=csv")).TrimEnd().Split('\n').Length);
            Assert.Equal(500, (long)(await NodeAsync(api, $"/api/v1/flows/top?{Window}&by=pod&{filter}"))["data"]![0]!["flows"]!);
            Assert.True((long)(await NodeAsync(api, $"/api/v1/flows/top?{Window}&by=pod&metric=observations&{filter}"))["data"]![0]!["observations"]! >= 500);
            Assert.Equal(all, await NumberAsync(api, "/api/v1/flow-reports?start=2026-05-12&end=2026-05-12&per_page=10", "total_count"));
            var fast = await NodeAsync(api, $"/api/v1/flows/count?{Window}&mode=fast");
            Assert.InRange(all, (long)fast["flows"]! - (long)fast["error"]!, (long)fast["flows"]! + (long)fast["error"]!);
        }
    }

    [Fact]
    public async Task Each_learns_what_the_other_stored()
    {
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 300);
        Assert.Equal(300, await _one.PostBatchAsync(flows));
        await servers.StoredAsync(flows[0].PodName!, 300);
        var all = await FlowsAsync();

        await Patience.UntilAsync("the other knows them", async () => await _other.GetMetricAsync("kguardian_dedup_known_flows") == all);

        Assert.Equal(0, await _other.PostBatchAsync(flows));
        Assert.Equal("300", await servers.RowsAsync(flows[0].PodName!));
    }

    [Fact]
    public async Task Row_that_expired_does_not_hide_the_one_that_is_seen_again()
    {
        var flow = FlowEvent.Of(FlowEvent.NewPod(), 1);
        Assert.Equal(1, await _one.PostBatchAsync([flow]));
        await servers.StoredAsync(flow.PodName!, 1);
        // As it was seen a year ago: its version is higher, and its partition not dropped yet.
        await servers.SqlAsync(
            "INSERT INTO kguardian.traffic SELECT * REPLACE (arrival_day - 365 AS arrival_day, version + 365 * 86400 AS version) "
            + $"FROM kguardian.traffic WHERE pod_name = '{flow.PodName}'");

        Assert.Equal([flow], await _one.GetPodAsync(flow.PodName!));
    }

    [Fact]
    public async Task Tail_and_clear_are_refused_with_the_reason()
    {
        using var tail = await _one.GetAsync("/api/v1/flows/tail");
        using var clear = await _one.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", null);

        Assert.Equal(HttpStatusCode.NotImplemented, tail.StatusCode);
        Assert.Contains("Ingest:Servers = one", await tail.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, clear.StatusCode);
        Assert.Contains("Ingest:Servers", await clear.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>How many flows there are, of all tests.</summary>
    private async Task<long> FlowsAsync() =>
        long.Parse(await servers.SqlAsync(
            "SELECT uniqExact(pod_ip, pod_port, traffic_type, traffic_in_out_ip, traffic_in_out_port, ip_protocol, decision) FROM kguardian.traffic"), null);

    private static async Task<JsonNode> NodeAsync(ApiClient api, string path) => JsonNode.Parse(await api.GetTextAsync(path))!;

    private static async Task<long> NumberAsync(ApiClient api, string path, string name)
    {
        var node = await NodeAsync(api, path);
        return (long)(node[name] ?? node["result"]![name])!;
    }
}
