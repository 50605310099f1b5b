using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Activity;
using KGuardian.Analytics.Ingest.Commit;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public sealed class GroupCommitTests : TierTest
{
    [Fact]
    public async Task Commit_to_a_full_disk_is_refused_and_the_same_batch_is_new_afterwards()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush);
        Assert.Equal(2, await running.CommitAsync([1, 2]));

        using (FullDisk.Under(Path.Combine(Journal.Path, "journal-0")))
        {
            var error = await Assert.ThrowsAsync<IngestUnavailableException>(() => running.CommitAsync([2, 3, 4]));
            Assert.Contains("journal", error.Message, StringComparison.Ordinal);
            // Repeats need no disk.
            Assert.Equal(0, await running.CommitAsync([1, 2]));
        }

        Assert.Equal(2, await running.CommitAsync([2, 3, 4]));
        await running.FlushAsync();
        await AssertStoredAsync(4);
    }

    [Fact]
    public async Task Commit_by_many_to_a_disk_that_is_full_for_a_while_counts_each_flow_once()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush);
        var refused = 0;
        var clients = Array.Empty<Task<int>>();
        using (FullDisk.Under(Path.Combine(Journal.Path, "journal-0")))
        {
            clients = [.. Enumerable.Range(0, 16).Select(client => Task.Run(async () =>
            {
                var total = 0;
                for (var i = 0; i < 10; i++)
                {
                    await Patience.UntilAsync(async () =>
                    {
                        try
                        {
                            total += await running.CommitAsync(Enumerable.Range(i * 20, 40));
                            return true;
                        }
                        catch (IngestUnavailableException)
                        {
                            Interlocked.Increment(ref refused);
                            return false;
                        }
                    });
                }

                return total;
            }))];
            await Patience.UntilAsync(() => Volatile.Read(ref refused) > 50);
        }

        var counts = await Task.WhenAll(clients);

        Assert.Equal(220, counts.Sum());
        await running.FlushAsync();
        await AssertStoredAsync(220);
    }

    [Fact]
    public async Task Request_that_waits_for_a_group_that_fails_is_refused_with_it()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush);
        using var failing = new InstrumentGate(running.Metrics, "kguardian_commit_failures_total");
        using var full = FullDisk.Under(Path.Combine(Journal.Path, "journal-0"));
        var first = running.CommitAsync([1]);
        await failing.Reached;

        // The writer failed and has not said so yet: the flow is still reserved.
        var waiting = running.CommitAsync([1]);
        var other = running.CommitAsync([2]);
        Assert.False(waiting.IsCompleted);
        failing.Open();

        await Assert.ThrowsAsync<IngestUnavailableException>(() => first);
        await Assert.ThrowsAsync<IngestUnavailableException>(() => waiting);
        await Assert.ThrowsAsync<IngestUnavailableException>(() => other);
        full.Dispose();
        Assert.Equal(2, await running.CommitAsync([1, 2]));
    }

    [Fact]
    public async Task Request_that_waits_for_a_flow_under_way_counts_none_and_ends_after_it_is_durable()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush);
        using var written = new InstrumentGate(running.Metrics, "kguardian_commit_seconds");
        var first = running.CommitAsync([1]);
        await written.Reached;

        var second = running.CommitAsync([1]);
        Assert.False(first.IsCompleted || second.IsCompleted);
        written.Open();

        Assert.Equal((1, 0), (await first, await second));
    }

    [Fact]
    public async Task Request_that_waits_for_the_last_group_before_the_end_is_answered()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush);
        using var client = Database.Client();
        using var other = new TestDirectory();
        var metrics = new IngestMetrics(Meters.New());
        using var journal = new Journal(other.Path);
        using var loader = new BlockLoader(
            ClickHouseCluster.Of(client), running.Health, journal, RunningTier.OnlyOnFlush, TimeProvider.System, metrics,
            new ArrivalSequence(TimeProvider.System), Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        using var activity = new ActivityLog(
            ClickHouseCluster.Of(client), RunningTier.OnlyOnFlush, TimeProvider.System, metrics, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        using var commit = new GroupCommit(
            new FlowRegistry(new FlowIndex(1000), TestClients.KeepAll), activity, journal, loader, TimeProvider.System, metrics,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        using var written = new InstrumentGate(metrics, "kguardian_commit_seconds");
        commit.Start();
        // Two requests are past the door when the server stops: one with a new flow, and one that meets it while it is written.
        var batch = TestFlows.Batch([1]);
        using var lookup = new RunLookup();
        var reservation = commit.Enlist(batch, lookup);
        var stopping = Task.Run(commit.Stop);
        await written.Reached;
        var late = commit.WaitDurableAsync(batch, commit.Enlist(batch, lookup)).AsTask();

        written.Open();

        Assert.Equal(1, await commit.WaitDurableAsync(batch, reservation));
        Assert.Equal(0, await late.WaitAsync(Patience.Limit));
        await stopping;
    }
}
