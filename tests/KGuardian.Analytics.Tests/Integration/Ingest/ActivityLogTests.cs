using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Activity;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public sealed class ActivityLogTests : TierTest
{
    private readonly IngestMetrics _metrics = new(Meters.New());
    private TcpRelay _relay = null!;
    private ClickHouseClient _client = null!;
    private ActivityLog _activity = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _relay = new TcpRelay(Database.Endpoint.Url);
        _client = Database.Client(through: _relay.Address);
        _activity = New(new IngestOptions());
    }

    public override async ValueTask DisposeAsync()
    {
        _activity.Dispose();
        _client.Dispose();
        await _relay.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Flush_adds_up_a_flows_repeats_by_the_hour()
    {
        Count((1, "2025-01-01T10:00:00"), (1, "2025-01-01T10:59:59.999999"), (1, "2025-01-01T11:00:00"), (2, "1960-05-05T05:05:05"));
        await _activity.FlushAsync(CancellationToken.None);
        Count((1, "2025-01-01T10:30:00"), (2, "1960-05-05T05:59:00.5"));
        await _activity.FlushAsync(CancellationToken.None);
        await _activity.FlushAsync(CancellationToken.None);

        var keys = TestFlows.Batch([1, 2]).Keys.ToArray();
        Assert.Equal(
            $"""
            {keys[0].Lo}	2025-01-01 10:00:00	3	2025-01-01 10:59:59.999999
            {keys[0].Lo}	2025-01-01 11:00:00	1	2025-01-01 11:00:00.000000
            {keys[1].Lo}	1960-05-05 05:00:00	2	1960-05-05 05:59:00.500000
            """,
            await Database.SqlAsync($"""
                SELECT flow_id, hour, sum(observations), max(last_seen) FROM traffic_activity
                GROUP BY flow_id, hour ORDER BY flow_id = {keys[1].Lo}, hour
                """));
    }

    [Fact]
    public async Task Count_leaves_out_the_rows_that_are_new()
    {
        _activity.Count(TestFlows.Batch([1, 2, 1, 3]), [0, 1, 3]);

        await _activity.FlushAsync(CancellationToken.None);

        Assert.Equal(
            $"{TestFlows.Batch([1]).Keys[0].Lo}\t1",
            await Database.SqlAsync("SELECT flow_id, sum(observations) FROM traffic_activity GROUP BY flow_id"));
    }

    [Fact]
    public async Task Flush_that_fails_keeps_the_counts_and_says_so()
    {
        Count((1, "2025-01-01T10:00:00"), (2, "2025-01-01T10:00:00"));
        _relay.GoAway();
        await Assert.ThrowsAsync<ClickHouseException>(() => _activity.FlushAsync(CancellationToken.None));
        Assert.Equal(2, _activity.Entries);
        Count((1, "2025-01-01T10:00:01"));
        await Assert.ThrowsAsync<ClickHouseException>(() => _activity.FlushAsync(CancellationToken.None));
        Assert.Equal(3, _activity.Entries);

        _relay.Open();
        await _activity.FlushAsync(CancellationToken.None);
        await _activity.FlushAsync(CancellationToken.None);

        Assert.Equal(0, _activity.Entries);
        Assert.Equal("3", await Database.SqlAsync("SELECT sum(observations) FROM traffic_activity"));
    }

    [Fact]
    public async Task Flush_whose_answer_is_lost_counts_once()
    {
        Count((1, "2025-01-01T10:00:00"), (2, "2025-01-01T10:00:00"));
        _relay.Inject(RelayFault.LostAnswer, "traffic_activity");
        await Assert.ThrowsAsync<ClickHouseException>(() => _activity.FlushAsync(CancellationToken.None));
        Count((1, "2025-01-01T10:00:01"));

        await _activity.FlushAsync(CancellationToken.None);
        await _activity.FlushAsync(CancellationToken.None);

        Assert.Equal(1, _relay.Done);
        Assert.Equal("3", await Database.SqlAsync("SELECT sum(observations) FROM traffic_activity"));
    }

    [Fact]
    public async Task Count_beyond_the_most_entries_is_bounded_and_asks_for_a_flush()
    {
        using var small = New(new IngestOptions { MaxActivityEntries = 10 });
        var asked = 0;
        small.Full = () => asked++;
        small.Count(TestFlows.Batch(Enumerable.Range(0, 4)), []);
        Assert.Equal(0, asked);
        small.Count(TestFlows.Batch(Enumerable.Range(0, 12)), []);
        Assert.Equal(1, asked);

        small.Count(TestFlows.Batch(Enumerable.Range(100, 50)), []);

        Assert.Equal(12, small.Entries);
        await small.FlushAsync(CancellationToken.None);
        asked = 0;
        small.Count(TestFlows.Batch(Enumerable.Range(200, 4)), []);
        Assert.Equal((0, 4), (asked, small.Entries));
        Assert.Equal("16", await Database.SqlAsync("SELECT sum(observations) FROM traffic_activity"));
    }

    [Fact]
    public async Task Count_beside_flushes_loses_and_doubles_nothing()
    {
        using var done = new CancellationTokenSource();
        var flushing = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                await _activity.FlushAsync(CancellationToken.None);
            }
        });

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                _activity.Count(TestFlows.Batch(Enumerable.Range(i, 10)), []);
            }
        })));
        await done.CancelAsync();
        await flushing;
        await _activity.FlushAsync(CancellationToken.None);

        Assert.Equal("4000", await Database.SqlAsync("SELECT sum(observations) FROM traffic_activity"));
    }

    private ActivityLog New(IngestOptions options) => new(ClickHouseCluster.Of(_client), options, TimeProvider.System, _metrics, NullLogger.Instance);

    private void Count(params (int Flow, string Time)[] events) =>
        _activity.Count(TestFlows.Parse($"[{string.Join(',', events.Select(e => TestFlows.Event(e.Flow, e.Time)))}]"), []);
}
