using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Cluster;

/// <summary>Flows go to their shard once, and count once, whatever happens to a shard or to the server.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterIngestTests(ShardNodes nodes) : IAsyncDisposable
{
    private readonly ClusterStore _store = new(nodes);

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Counts_are_exact_under_concurrency_and_shards_are_even()
    {
        var server = await _store.StartServerAsync();
        await using var load = new FlowLoad(server.Api, clients: 8);
        await load.GrowAsync(6000);
        await load.EndAsync();

        await load.AssertStoredAsync(server.Api, exact: true);
        var stored = await load.StoredAsync(server.Api);
        for (var shard = 0; shard < 3; shard++)
        {
            var rows = int.Parse(await _store.ShardSqlAsync(shard, "SELECT count() FROM traffic"), null);
            Assert.InRange(rows, stored / 3 * 8 / 10, stored / 3 * 12 / 10);
        }
    }

    [Fact]
    public async Task Shard_killed_under_load_is_named_by_reads_and_nothing_acknowledged_is_lost_or_doubled()
    {
        var server = await _store.StartServerAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(500);

        var refused = load.Unavailable;
        await nodes.StopAsync(1);
        try
        {
            await Patience.UntilAsync("reads name the shard that is away", async () =>
            {
                using var answer = await server.Api.GetAsync("/pod/traffic?limit=1");
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable
                    && (await answer.Content.ReadAsStringAsync()).Contains("Shard 2 of cluster 'three' is away", StringComparison.Ordinal);
            });
            await Patience.UntilAsync("new flows are refused", () => load.Unavailable > refused);
            // Another shard may be too busy for its sign of life, and is named then.
            await Patience.UntilAsync("/health names the shard that is away", async () =>
            {
                using var health = await server.Api.GetAsync("/health");
                Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
                return (await health.Content.ReadAsStringAsync()).Contains("Shard 2 of cluster 'three'", StringComparison.Ordinal);
            });
        }
        finally
        {
            await nodes.StartAsync(1);
        }

        await server.HealthyAsync();
        await load.GrowAsync(500);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
    }

    [Fact]
    public async Task Shard_that_hangs_holds_nothing_but_its_own_flows_back()
    {
        var server = await _store.StartServerAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(300);

        var refused = load.Unavailable;
        Signals.Freeze(nodes.ProcessId(2));
        try
        {
            await Patience.UntilAsync("new flows are refused", () => load.Unavailable > refused);
            // A part of the last flows is on the other shards; reads do not show it as if it were all.
            using var answer = await server.Api.GetAsync("/pod/traffic?limit=1");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }
        finally
        {
            Signals.Thaw(nodes.ProcessId(2));
        }

        await server.HealthyAsync();
        await load.GrowAsync(300);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
    }

    [Fact]
    public async Task Shard_that_is_slow_is_waited_for()
    {
        var server = await _store.StartServerAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(300);

        await using (new SlowProcess(nodes.ProcessId(2)))
        {
            await load.GrowAsync(600);
            await Patience.UntilAsync("reads answer", async () =>
            {
                using var answer = await server.Api.GetAsync("/pod/traffic?limit=1");
                return answer.StatusCode == HttpStatusCode.OK;
            });
        }

        await server.HealthyAsync();
        await load.GrowAsync(300);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
    }

    [Fact]
    public async Task Server_killed_while_a_shard_is_away_has_each_flow_once_and_tails_go_on()
    {
        var pod = FlowEvent.NewPod();
        var flows = FlowEvent.Many(pod, 300);
        await using var line = new TcpRelay(nodes.Endpoints[1].Url);
        var settings = _store.Settings(endpoints: [nodes.Endpoints[0].Url, line.Address, nodes.Endpoints[2].Url]);
        // Time to cut the line before the block is loaded; should it be loaded before, the test has less to see.
        var server = await _store.StartServerAsync([.. settings, ("KGUARDIAN_INGEST__LOADINTERVAL", "00:00:02")]);
        using var tail = new TailClient($"filter=pod%3D{pod}");
        await tail.OpenAsync(server.Api);
        Assert.Equal(100, await server.Api.PostBatchAsync(flows[..100]));
        await tail.ReadAsync(100);
        Assert.Equal(200, await server.Api.PostBatchAsync(flows[100..]));
        line.GoAway();
        foreach (var shard in new[] { 0, 2 })
        {
            await Patience.UntilAsync("the other shards have their part", async () => await OfSecondBlockAsync(shard) > 0);
        }

        await server.KillAsync();
        line.Open();
        server = await _store.StartServerAsync(settings);

        Assert.Equal(0, await server.Api.PostBatchAsync(flows));
        Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(pod));
        await tail.OpenAsync(server.Api);
        await tail.ReadAsync(300);
        Assert.Equal(FlowEvent.NewestFirst(flows), FlowEvent.NewestFirst(tail.Events));

        async Task<int> OfSecondBlockAsync(int shard) =>
            int.Parse(await _store.ShardSqlAsync(shard, $"SELECT count() FROM traffic WHERE time_stamp >= '{flows[100].TimeStamp}'"), null);
    }

    [Fact]
    public async Task Server_killed_under_load_has_every_acknowledged_flow_once()
    {
        var server = await _store.StartServerAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        for (var round = 0; round < 2; round++)
        {
            await load.GrowAsync(800);
            await server.KillAsync();
            server = await _store.StartServerAsync();
            load.GoOnWith(server.Api);
        }

        await load.GrowAsync(300);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: false);
    }

    [Fact]
    public async Task Flows_in_the_journal_of_a_killed_server_reach_their_shards_once()
    {
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 300);
        var server = await _store.StartServerAsync(("KGUARDIAN_INGEST__LOADINTERVAL", "01:00:00"));
        Assert.Equal(300, await server.Api.PostBatchAsync(flows));
        await server.KillAsync();

        server = await _store.StartServerAsync();

        Assert.Equal(0, await server.Api.PostBatchAsync(flows));
        Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(flows[0].PodName!));
    }

    [Fact]
    public async Task Lost_answer_of_one_shard_stores_its_flows_once()
    {
        await using var slow = new TcpRelay(nodes.Endpoints[1].Url);
        var server = await _store.StartServerAsync(_store.Settings(endpoints: [nodes.Endpoints[0].Url, slow.Address, nodes.Endpoints[2].Url]));
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 600);
        slow.Inject(RelayFault.LostAnswer, "INSERT+INTO+traffic+");

        Assert.Equal(600, await server.Api.PostBatchAsync(flows));
        await Patience.UntilAsync("the answer was lost", () => slow.Done == 1);

        await _store.StoredAsync(600);
        Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(flows[0].PodName!));
    }

    [Fact]
    public async Task Shard_that_is_added_takes_new_flows_and_known_ones_stay_known()
    {
        var pod = FlowEvent.NewPod();
        var all = FlowEvent.Many(pod, 900);
        var two = _store.Settings("two", nodes.Endpoints.Take(2).Select(endpoint => endpoint.Url));
        var server = await _store.StartServerAsync(two);
        Assert.Equal(600, await server.Api.PostBatchAsync(all[..600]));
        Assert.Equal(0, await server.StopAsync());

        server = await _store.StartServerAsync(("KGUARDIAN_INGEST__ACTIVITYINTERVAL", "00:00:00.100"));

        // Seen again: with a uuid of its own, or it would be a resend.
        Assert.Equal(0, await server.Api.PostBatchAsync([.. all[..600].Select(row => row with { Uuid = Guid.NewGuid().ToString("D") })]));
        Assert.Equal(300, await server.Api.PostBatchAsync(all));
        await _store.StoredAsync(900);
        Assert.Equal(FlowEvent.NewestFirst(all), await server.Api.GetPodAsync(pod));
        Assert.InRange(int.Parse(await _store.ShardSqlAsync(2, "SELECT count() FROM traffic"), null), 60, 140);
        // Repeats of flows that were there before are on the shard where those would be now: reads join across.
        await Patience.UntilAsync("all repeats are written", async () => await _store.SqlAsync("SELECT sum(observations) FROM traffic_activity") == "1200");
        var observed = await server.Api.GetTextAsync("/api/v1/flows/top?from=2026-05-12&to=2026-05-13&by=pod&metric=observations");
        Assert.Contains("\"flows\":900,\"observations\":2100", observed, StringComparison.Ordinal);
        var twice = await server.Api.GetTextAsync("/api/v1/flows/count?from=2026-05-12&to=2026-05-13&filter=observations%3D3");
        Assert.Contains("600", twice, StringComparison.Ordinal);
        Assert.Equal(0, await server.StopAsync());

        var refused = ServerProcess.Launch(_store.DataDirectory, two);
        Assert.Equal(1, await refused.ExitedAsync());
        Assert.Contains("has flows on 3 shards, cluster 'two' has 2", refused.Log, StringComparison.Ordinal);
        await refused.DisposeAsync();
    }

    [Fact]
    public async Task Files_of_known_flows_are_of_all_shards()
    {
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 1500);
        var server = await _store.StartServerAsync(("KGUARDIAN_DEDUP__MEMORYBYTES", "65536"));

        Assert.Equal(1500, await server.Api.PostBatchAsync(flows));
        Assert.Equal(0, await server.Api.PostBatchAsync(flows));
        Assert.Equal(0, await server.StopAsync());
        server = await _store.StartServerAsync(("KGUARDIAN_DEDUP__MEMORYBYTES", "65536"));
        Assert.Equal(0, await server.Api.PostBatchAsync(flows));
        Assert.Equal("1500", await _store.SqlAsync("SELECT count() FROM traffic"));
    }

    [Fact]
    public async Task Clearing_retention_and_storage_are_of_all_shards()
    {
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 300);
        var server = await _store.StartServerAsync(("KGUARDIAN_RETENTION__DAYS", "30"), ("KGUARDIAN_STORAGE__CODEC", "ZSTD(3)"));
        Assert.Equal(300, await server.Api.PostBatchAsync(flows));
        for (var shard = 0; shard < 3; shard++)
        {
            Assert.Contains(
                "default_compression_codec = \\'ZSTD(3)\\'", await _store.ShardSqlAsync(shard, "SHOW CREATE TABLE traffic"), StringComparison.Ordinal);
            await _store.ShardSqlAsync(
                shard, "INSERT INTO traffic (pod_ip, time_stamp, arrival_day) SELECT toString(number), now(), today() - 20 FROM numbers(10)");
        }

        Assert.Contains(
            "\"rows\":30", (await server.Api.GetTextAsync("/api/v1/flow-reports/retention?dry_run=10")).Replace(" ", "", StringComparison.Ordinal),
            StringComparison.Ordinal);
        using (var changed = await ApiClient.PatientlyAsync(() => server.Api.SendAsync(
            HttpMethod.Put, "/api/v1/flow-reports/retention", new StringContent("""{"days":10}""", null, "application/json"))))
        {
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        }

        await _store.StoredAsync(300);
        using (var cleared = await ApiClient.PatientlyAsync(() => server.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", null)))
        {
            Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
        }

        Assert.Equal("0", await _store.SqlAsync("SELECT count() FROM traffic"));
        Assert.Equal(300, await server.Api.PostBatchAsync(flows));
        Assert.Contains("Flows cleared", await server.Api.GetTextAsync("/api/events/audit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clear_that_was_interrupted_is_carried_out_before_flows_are_taken()
    {
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 300);
        var server = await _store.StartServerAsync();
        Assert.Equal(300, await server.Api.PostBatchAsync(flows));
        Assert.Equal(0, await server.StopAsync());
        // As a server leaves it that is killed after the first shard.
        await _store.ShardSqlAsync(0, "INSERT INTO store (name, value) VALUES ('clear_begun', 'a clear')");
        await _store.ShardSqlAsync(0, "TRUNCATE TABLE traffic SYNC");

        server = await _store.StartServerAsync();

        Assert.Equal(300, await server.Api.PostBatchAsync(flows));
        Assert.Equal("a clear", await _store.ShardSqlAsync(0, "SELECT value FROM store WHERE name = 'clear_done'"));
        Assert.Equal(0, await server.StopAsync());
        server = await _store.StartServerAsync();
        Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(flows[0].PodName!));
    }

    [Fact]
    public async Task Flows_posted_to_two_servers_of_one_cluster_are_read_once()
    {
        using var directory = new TestDirectory();
        (string, string) several = ("KGUARDIAN_INGEST__SERVERS", "several");
        var one = await _store.StartServerAsync(several);
        var other = await _store.StartServerAsync(directory.Path, [.. _store.Settings(), several]);
        // What is stored twice stays so.
        for (var shard = 0; shard < 3; shard++)
        {
            await _store.ShardSqlAsync(shard, "SYSTEM STOP MERGES traffic");
        }

        var flows = FlowEvent.Many(FlowEvent.NewPod(), 400);

        var counts = await Task.WhenAll(one.Api.PostBatchAsync(flows), other.Api.PostBatchAsync(flows));
        await _store.StoredAsync(counts.Sum());

        Assert.InRange(counts.Sum(), 400, 800);
        foreach (var server in new[] { one, other })
        {
            Assert.Equal(FlowEvent.NewestFirst(flows), await server.Api.GetPodAsync(flows[0].PodName!));
            Assert.Contains("400", await server.Api.GetTextAsync("/api/v1/flows/count?from=2026-05-12&to=2026-05-13"), StringComparison.Ordinal);
        }

        await other.StopAsync();
    }

    [Fact]
    public async Task Tail_of_all_shards_sends_every_flow_once()
    {
        var server = await _store.StartServerAsync();
        var pod = FlowEvent.NewPod();
        using var tail = new TailClient($"filter=pod%3D{pod}");
        await tail.OpenAsync(server.Api);
        var flows = FlowEvent.Many(pod, 300);
        foreach (var batch in flows.Chunk(50))
        {
            Assert.Equal(batch.Length, await server.Api.PostBatchAsync(batch));
        }

        await tail.ReadAsync(300);

        Assert.Equal(flows.ToHashSet(), tail.Events.ToHashSet());
    }
}
