using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.EndToEnd.Server.Api;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Cluster;

/// <summary>Reads of a cluster are those of one server with the same flows, byte for byte.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterReadTests(ClusterBesideSingle servers) : IClassFixture<ClusterBesideSingle>
{
    private const string Window = "from=2020-01-01&to=2030-01-01";

    private readonly ClusterStore _store = servers.Store;
    private readonly ServerProcess _cluster = servers.Cluster;
    private readonly ServerProcess _single = servers.Single;

    [Fact]
    public async Task Every_read_of_a_cluster_is_that_of_one_server()
    {
        for (var shard = 0; shard < 3; shard++)
        {
            Assert.InRange(long.Parse(await _store.ShardSqlAsync(shard, "SELECT count() FROM traffic"), null), 1000, 1500);
            Assert.NotEqual("0", await _store.ShardSqlAsync(shard, "SELECT count() FROM traffic_activity"));
        }

        string[] whole =
        [
            "/pod/traffic", "/pod/traffic?limit=7", "/pod/traffic/pod-of-many", "/pod/traffic/pod-of-one-time?namespace=tests", "/pod/traffic/nobody",
            $"/api/v1/flows?{Window}&format=ndjson", $"/api/v1/flows?{Window}&format=csv&order=asc", $"/api/v1/flows?{Window}&format=csv&limit=300",
            $"/api/v1/flows?{Window}&collapse=ports&limit=50", $"/api/v1/flows?{Window}&limit=1000", $"/api/v1/flows?{Window}&limit=1000&order=asc",
            $"/api/v1/flows/timeseries?{Window}&step=30d", "/api/v1/flows/timeseries?from=2026-05-12&to=2026-05-13&step=1h&metric=active",
            $"/api/v1/flows/top?{Window}&by=namespace,decision", $"/api/v1/flows/top?{Window}&by=peer_ip&limit=3",
            $"/api/v1/flows/top?{Window}&by=pod&metric=observations", $"/api/v1/flows/top?{Window}&by=peer_port,pod&collapse=ports",
            $"/api/v1/flows/edges?{Window}&by=namespace", $"/api/v1/flows/edges?{Window}&limit=5000",
            $"/api/v1/topology?{Window}&level=pod&metric=observations&limit=10000", $"/api/v1/topology?{Window}&level=namespace",
            "/api/v1/networkTopology/ownerTopology?from=1577836800&to=1893456000&kind=Namespace&namespace=netobserv",
            "/api/v1/networkTopology/egressUnresolvedIps?from=1577836800&to=1893456000&kind=Namespace&namespace=openshift-monitoring",
            "/api/v1/networkTopology/owners?from=1577836800&to=1893456000", "/api/v1/edges/changes?from=2026-05-12&to=2026-05-13&before_from=2024-02-15",
            $"/api/v1/policies/proposal?{Window}&namespace=openshift-monitoring",
            "/v1/audits?limit=1000", "/v1/audits?limit=13", "/api/v2/activityAudit/summary?from=1577836800000000000&to=1893456000000000000&segment=true",
            "/api/v1/flow-reports?start=2024-02-15&end=2026-05-30&per_page=100", "/api/v1/flow-reports?start=2024-02-15&end=2026-05-30&per_page=100&page=9",
            "/api/v1/flow-reports?start=2024-02-15&end=2026-05-30&group_by=subscriber", "/api/v1/flow-reports?start=2024-02-15&end=2026-05-30&group_by=day",
            "/api/v1/flow-reports/stats?start=2024-02-15&end=2026-05-30", "/api/events/network-traffic?page_size=100",
            "/api/events/network-traffic?search=pod&page=3", "/api/v1/flow-reports/retention?dry_run=1", "/api/v1/flow-reports/retention",
        ];
        foreach (var path in whole)
        {
            await AssertSameAsync(path);
        }
    }

    [Theory]
    [InlineData(1, 20)]
    public async Task Random_filters_have_the_same_flows_and_counts(int seed, int filters)
    {
        var samples = new Samples(Fuzz.Seed(seed));
        for (var i = 0; i < filters; i++)
        {
            var filter = Uri.EscapeDataString(samples.Filter(2).ToString());
            await AssertSameAsync($"/api/v1/flows?{Window}&filter={filter}&limit=1000");
            await AssertSameAsync((i % 5) switch
            {
                0 => $"/api/v1/flows/count?{Window}&filter={filter}",
                1 => $"/api/v1/flows/top?{Window}&by=pod,decision&metric=observations&filter={filter}",
                2 => $"/api/v1/flows/timeseries?from=2026-05-12&to=2026-05-13&step=1h&metric=active&filter={filter}",
                3 => $"/api/v1/flows/edges?{Window}&filter={filter}",
                _ => $"/api/v1/flows?{Window}&format=ndjson&filter={filter}",
            });
        }

        foreach (var filter in new[]
        {
            "observations > 2", "last_seen >= 2026-05-12T12:00:00Z", "observations = 1 and last_seen < 2026-05-12T11:00:00Z", "not observations < 2",
        })
        {
            await AssertSameAsync($"/api/v1/flows/count?{Window}&filter={Uri.EscapeDataString(filter)}");
            await AssertSameAsync($"/api/v1/flows/top?{Window}&by=pod&metric=observations&filter={Uri.EscapeDataString(filter)}");
        }
    }

    [Theory]
    [InlineData("arrow")]
    [InlineData("parquet")]
    public async Task Exports_have_every_flow_of_all_shards_in_their_order(string format)
    {
        const string Flows = $"/api/v1/flows?{Window}&filter=namespace%3Dtests";
        using var directory = new TestDirectory();
        var read = await ExportReaders.JavaScriptAsync(format, await _cluster.Api.SaveAsync($"{Flows}&format={format}", directory.Path));

        var expected = (await _single.Api.GetTextAsync($"{Flows}&format=ndjson")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(expected.Length, 3000, 5000);
        Assert.Equal(expected.Select(ExportedRow.OfText), read);
    }

    [Theory]
    [InlineData("desc", "")]
    [InlineData("asc", "&filter=namespace%3Dtests")]
    public async Task Walk_by_cursors_shows_every_flow_once_in_the_order_of_all_shards(string order, string filter)
    {
        var (ours, theirs) = (await WalkAsync(_cluster.Api), await WalkAsync(_single.Api));

        Assert.Equal(theirs, ours);
        Assert.Distinct(ours);
        Assert.InRange(ours.Count, 3000, 5000);

        async Task<List<string>> WalkAsync(ApiClient api)
        {
            var rows = new List<string>();
            for (string? cursor = ""; cursor is not null;)
            {
                var page = JsonDocument.Parse(await api.GetTextAsync($"/api/v1/flows?{Window}&order={order}&limit=333{filter}{cursor}")).RootElement;
                rows.AddRange(page.GetProperty("data").EnumerateArray().Select(row => row.GetRawText()));
                cursor = page.GetProperty("next").GetString() is { } next ? $"&cursor={Uri.EscapeDataString(next)}" : null;
            }

            return rows;
        }
    }

    [Fact]
    public async Task Walk_over_events_shows_every_flow_once()
    {
        var (ours, theirs) = (await WalkAsync(_cluster.Api), await WalkAsync(_single.Api));

        Assert.Equal(theirs.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        Assert.InRange(ours.Count, 3000, 5000);

        static async Task<List<string>> WalkAsync(ApiClient api)
        {
            var (events, last) = (new List<string>(), "g");
            for (string? cursor = "to=1893456000000000000&from=0"; cursor is not null;)
            {
                var page = JsonNode.Parse(await api.GetTextAsync($"/api/v2/activityAudit/events?limit=777&{cursor}"))!;
                foreach (var one in page["data"]!.AsArray().Select(one => one!.AsObject()))
                {
                    var id = one["id"]!.GetValue<string>();
                    Assert.True(string.CompareOrdinal(id, last) < 0, $"{id} is behind {last}");
                    last = id;
                    // What each server says of itself: its secret, its cursors, when it was told.
                    Assert.True(one.Remove("id") && one.Remove("cursor") && one.Remove("rxTimestamp"));
                    events.Add(one.ToJsonString());
                }

                cursor = page["page"]!["prev"] is { } prev ? $"cursor={prev}" : null;
            }

            return events;
        }
    }

    [Fact]
    public async Task Fast_count_has_the_count_between_its_bounds()
    {
        var exact = JsonNode.Parse(await _cluster.Api.GetTextAsync($"/api/v1/flows/count?{Window}"))!;
        var fast = JsonNode.Parse(await _cluster.Api.GetTextAsync($"/api/v1/flows/count?{Window}&mode=fast"))!;

        var (flows, estimate, error) = ((long)exact["flows"]!, (long)fast["flows"]!, (long)fast["error"]!);
        Assert.InRange(flows, estimate - error, estimate + error);
        Assert.True(error < flows * 2, fast.ToJsonString());
    }

    private async Task AssertSameAsync(string path)
    {
        using var ours = await ApiClient.PatientlyAsync(() => _cluster.Api.GetAsync(path));
        using var theirs = await ApiClient.PatientlyAsync(() => _single.Api.GetAsync(path));
        Assert.True(theirs.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{path}: {await theirs.Content.ReadAsStringAsync()}");
        Assert.True(ours.StatusCode == theirs.StatusCode, $"{path}: {await ours.Content.ReadAsStringAsync()}");
        var (text, expected) = (Comparable(await ours.Content.ReadAsStringAsync()), Comparable(await theirs.Content.ReadAsStringAsync()));
        Assert.True(text == expected, $"{path}\nof a cluster: {Start(text)}\nof one server: {Start(expected)}");
    }

    // What was read to get there is not part of the answer, and a cursor holds its time.
    private static string Comparable(string body)
    {
        if (!body.StartsWith('{') || body.Contains("}\n{", StringComparison.Ordinal))
        {
            return body;
        }

        var node = JsonNode.Parse(body)!.AsObject();
        foreach (var name in new[] { "next", "read" })
        {
            node.Remove(name);
        }

        return node.ToJsonString();
    }

    private static string Start(string text) => text.Length > 1500 ? text[..1500] : text;
}
