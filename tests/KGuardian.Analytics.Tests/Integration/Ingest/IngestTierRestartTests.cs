using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public sealed class IngestTierRestartTests : TierTest
{
    [Theory]
    [InlineData(64 << 20)]
    [InlineData(RunningTier.LittleMemory)]
    public async Task Start_over_a_journal_that_was_not_loaded_brings_it_in_once(long memoryBytes)
    {
        await using (var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush))
        {
            Assert.Equal(200, await running.CommitAsync(Enumerable.Range(0, 200)));
            Assert.Equal(100, await running.CommitAsync(Enumerable.Range(150, 150)));
        }

        for (var restart = 0; restart < 2; restart++)
        {
            await using var next = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush, memoryBytes);
            await AssertStoredAsync(300);
            Assert.Equal(0, await next.CommitAsync(Enumerable.Range(0, 300)));
        }

        await AssertStoredAsync(300);
    }

    [Theory]
    [InlineData(64 << 20)]
    [InlineData(RunningTier.LittleMemory)]
    public async Task Start_over_a_journal_that_was_loaded_in_part_brings_in_the_rest(long memoryBytes)
    {
        await using (var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush))
        {
            // More than are read at the start of one with little memory, so that it has to ask.
            await running.CommitAsync(Enumerable.Range(5000, 600));
            await running.FlushAsync();
            await running.CommitAsync(Enumerable.Range(0, 50));
            await running.CommitAsync(Enumerable.Range(50, 50));
            // The insert that was under way when the server died.
            var half = TestFlows.Block(TestFlows.Batch(Enumerable.Range(50, 30), running.Tier.Hasher));
            await running.Client.InsertAsync(new ClickHouseQuery($"INSERT INTO traffic ({FlowBlock.ColumnList}) FORMAT Native"), half.WriteAsync);
        }

        await using var next = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush, memoryBytes);

        await AssertStoredAsync(700);
        Assert.Equal(0, await next.CommitAsync(Enumerable.Range(0, 100)));
    }

    [Fact]
    public async Task Start_after_a_crash_in_the_middle_of_commits_keeps_what_was_acknowledged()
    {
        var acknowledged = new List<int>();
        await using (var running = await RunningTier.StartAsync(Database, Journal, new IngestOptions { LoadInterval = TimeSpan.FromMilliseconds(1) }))
        {
            for (var i = 0; i < 60; i++)
            {
                var flows = Enumerable.Range(i * 20, 20).ToArray();
                Assert.Equal(20, await running.CommitAsync(flows));
                acknowledged.AddRange(flows);
            }
        }

        await using var next = await RunningTier.StartAsync(Database, Journal);

        Assert.Equal(0, await next.CommitAsync(acknowledged));
        await AssertStoredAsync(acknowledged.Count);
    }

    [Fact]
    public async Task Keys_read_from_ClickHouse_are_those_of_the_stored_flows_and_counted_by_day()
    {
        using var client = Database.Client();
        var catalog = new StoredKeys(ClickHouseCluster.Of(client), TestClients.KeepAll);
        var hasher = await catalog.ReadHasherAsync(CancellationToken.None);
        // More than a block of them.
        var batch = TestFlows.Batch(Enumerable.Range(0, 20_000), hasher);
        await client.InsertAsync(new ClickHouseQuery($"INSERT INTO traffic ({FlowBlock.ColumnList}) FORMAT Native"), TestFlows.Block(batch).WriteAsync);

        var read = new List<FlowKey>();
        await foreach (var block in catalog.ReadAsync(hasher, null, 0, CancellationToken.None))
        {
            read.AddRange(block.Keys);
            Assert.All(block.Days.ToArray(), day => Assert.Equal(20_000, day));
        }

        Assert.Equal(20_000, read.Count);
        Assert.Equal(batch.Keys.ToArray().ToHashSet(), read.ToHashSet());
        Assert.Equal([(20_000, 20_000)], (await catalog.CountByDayAsync(null, 0, CancellationToken.None)).Select(day => ((int)day.Key, (int)day.Value)));
        // Rows without a place in the order of arrival are behind none.
        Assert.Empty(await catalog.CountByDayAsync(0, long.MaxValue, CancellationToken.None));
    }

    [Fact]
    public async Task Find_gives_the_stored_ones_of_the_flows_asked_for_with_their_nulls()
    {
        using var client = Database.Client();
        var catalog = new StoredKeys(ClickHouseCluster.Of(client), TestClients.KeepAll);
        var stored = TestFlows.Batch(Enumerable.Range(0, 500));
        await client.InsertAsync(new ClickHouseQuery($"INSERT INTO traffic ({FlowBlock.ColumnList}) FORMAT Native"), TestFlows.Block(stored).WriteAsync);

        var found = await catalog.FindAsync(TestFlows.Hasher, TestFlows.Block(Enumerable.Range(400, 200)), CancellationToken.None);

        Assert.Equal(stored.Keys[400..].ToArray().ToHashSet(), found.Keys.ToHashSet());
    }

    [Fact]
    public async Task Secret_of_the_keys_is_the_same_for_every_server_and_after_every_merge()
    {
        using var client = Database.Client();
        var catalog = new StoredKeys(ClickHouseCluster.Of(client), TestClients.KeepAll);
        var first = await catalog.ReadHasherAsync(CancellationToken.None);
        // Another server wrote its own at the same time, a moment later.
        await Database.SqlAsync("INSERT INTO store SELECT 'dedup_secret', 'ffffffffffffffffffffffffffffffff', now64(3) + 1");
        await Database.SqlAsync("OPTIMIZE TABLE store FINAL");

        var later = await catalog.ReadHasherAsync(CancellationToken.None);

        Assert.Equal((first.K0, first.K1), (later.K0, later.K1));
    }
}
