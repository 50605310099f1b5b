using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public sealed class IngestTierTests : TierTest
{
    [Fact]
    public async Task Commit_counts_new_flows_and_not_repeats()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal);

        Assert.Equal(3, await running.CommitAsync([1, 2, 3]));
        Assert.Equal(0, await running.CommitAsync([1, 2, 3]));
        Assert.Equal(1, await running.CommitAsync([3, 4, 3, 4]));
        Assert.Equal(0, await running.CommitAsync([]));

        await running.FlushAsync();
        await AssertStoredAsync(4);
    }

    [Fact]
    public async Task Commit_by_many_at_once_counts_each_flow_once_in_total()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, new IngestOptions { LoadInterval = TimeSpan.FromMilliseconds(5) });

        await AssertExactByManyAsync(running, clients: 64, batches: 15, flows: 40, of: 3000);
    }

    [Fact]
    public async Task Commit_before_start_and_after_stop_is_refused()
    {
        await using var running = RunningTier.Create(Database, Journal);
        Assert.NotNull(running.Tier.NotReady);
        await Assert.ThrowsAsync<IngestUnavailableException>(() => running.Tier.CommitAsync(TestFlows.Batch([1])).AsTask());

        await running.Tier.StartAsync(CancellationToken.None);
        Assert.Null(running.Tier.NotReady);
        Assert.Equal(1, await running.CommitAsync([1]));
        await running.Tier.StopAsync(CancellationToken.None);

        await Assert.ThrowsAsync<IngestUnavailableException>(() => running.CommitAsync([2]));
        // Stopping in order brings everything in.
        await AssertStoredAsync(1);
    }

    [Fact]
    public async Task Commit_over_a_full_backlog_waits_until_ClickHouse_has_taken_it()
    {
        // The wait is for 5 s, and an insert on a busy machine may take longer.
        await using var running = await RunningTier.StartAsync(
            Database, Journal, RunningTier.OnlyOnFlush with { MaxBacklogFlows = 10 }, clock: new SlowClock());
        Assert.Equal(10, await running.CommitAsync(Enumerable.Range(0, 10)));

        Assert.Equal(1, await running.CommitAsync([3, 10]));

        await running.FlushAsync();
        await AssertStoredAsync(11);
    }

    [Fact]
    public async Task Commit_over_a_backlog_that_stays_full_refuses_new_flows_and_counts_repeats()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush with { MaxBacklogFlows = 10 });
        Assert.Equal(10, await running.CommitAsync(Enumerable.Range(0, 10)));
        // The insert takes longer than anyone waits.
        using var inserting = new InstrumentGate(running.Metrics, "kguardian_insert_seconds");

        var repeat = running.CommitAsync([3, 4]);
        var error = await Assert.ThrowsAsync<IngestUnavailableException>(() => running.CommitAsync([3, 10]));

        Assert.Contains("Ingest:MaxBacklogFlows", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await repeat);
        inserting.Open();
        await running.FlushAsync();
        Assert.Equal(1, await running.CommitAsync([3, 10]));
        await running.FlushAsync();
        await AssertStoredAsync(11);
    }

    [Fact]
    public async Task Commit_stamps_the_arrival_of_this_server()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal);
        var events = $"[{TestFlows.Event(1, "1970-01-02T00:00:00")}, {TestFlows.Event(2, "2200-01-02T00:00:00")}]";
        await running.Tier.CommitAsync(TestFlows.Parse(events, running.Tier.Hasher));

        await running.FlushAsync();

        Assert.Equal("1\t1", await TestClients.SqlAsync(
            Database, "SELECT uniqExact(arrival_day), min(abs(toInt64(4294967295 - version) - toUnixTimestamp(now())) < 3600) FROM traffic"));
    }

    [Fact]
    public async Task Commit_of_rejected_rows_stores_the_good_ones_and_keeps_the_others()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal);

        Assert.Equal(1, await running.Tier.CommitAsync(TestFlows.Parse($$"""[{"uuid":"no"}, {{TestFlows.Event(1)}}, 7]""", running.Tier.Hasher)));

        await running.Tier.FlushActivityAsync(CancellationToken.None);
        Assert.Equal(
            "bad_uuid\tuuid\t{\"uuid\":\"no\"}\nnot_an_object\t\t7",
            await TestClients.SqlAsync(Database, "SELECT reason, field, raw FROM rejected_events ORDER BY reason"));
    }
}
