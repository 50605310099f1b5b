using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Tests.Testing.Network;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>More flows than the index may hold, and files of known flows that cannot be made: ClickHouse is asked.</summary>
public sealed class DedupMissResolverTests : TierTest
{
    /// <summary>More than are read at a start with little memory.</summary>
    private const int Before = 300;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await using (var running = await RunningTier.StartAsync(Database, Journal))
        {
            await running.CommitAsync(Enumerable.Range(5000, Before));
            await running.FlushAsync();
        }

        Directory.Delete(RunningTier.KnownFlowsIn(Journal), recursive: true);
        // Where the list of files is drafted.
        Directory.CreateDirectory(Path.Combine(RunningTier.KnownFlowsIn(Journal), "runs.json.draft"));
    }

    [Fact]
    public async Task Commit_of_evicted_flows_counts_none_of_them()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush, RunningTier.LittleMemory);
        Assert.Equal(2000, await running.CommitAsync(Enumerable.Range(0, 2000)));

        Assert.Equal(0, await running.CommitAsync(Enumerable.Range(0, 2000)));
        Assert.Equal(1, await running.CommitAsync([5, 2000, 5, 2000]));

        await running.FlushAsync();
        await AssertStoredAsync(Before + 2001);
    }

    [Fact]
    public async Task Commit_by_many_at_once_stays_exact()
    {
        await using var running = await RunningTier.StartAsync(
            Database, Journal, new IngestOptions { LoadInterval = TimeSpan.FromMilliseconds(5) }, RunningTier.LittleMemory);

        await AssertExactByManyAsync(running, clients: 24, batches: 8, flows: 60, of: 2000, before: Before);
        Assert.False(running.Tier.Status.IsIndexComplete);
    }

    [Fact]
    public async Task Commit_while_ClickHouse_is_away_is_refused_and_works_again_after()
    {
        await using var relay = new TcpRelay(Database.Endpoint.Url);
        await using var running = await RunningTier.StartAsync(Database, Journal, new IngestOptions(), RunningTier.LittleMemory, relay);
        await running.CommitAsync(Enumerable.Range(0, 1000));
        await running.FlushAsync();
        running.Health.Start();

        relay.GoAway();
        await Patience.UntilAsync(() => running.Health.Failure is not null);
        await Assert.ThrowsAsync<IngestUnavailableException>(() => running.CommitAsync(Enumerable.Range(0, 1001)));
        relay.Open();
        await Patience.UntilAsync(() => running.Health.Failure is null);

        Assert.Equal(1, await running.CommitPatientlyAsync([.. Enumerable.Range(0, 1001)]));
        await running.FlushAsync();
        await AssertStoredAsync(Before + 1001);
    }

    [Fact]
    public async Task Commit_whose_look_up_fails_is_refused_and_leaves_nothing_reserved()
    {
        await using var relay = new TcpRelay(Database.Endpoint.Url);
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush, RunningTier.LittleMemory, relay);
        await running.CommitAsync(Enumerable.Range(0, 1000));
        await running.FlushAsync();
        relay.Inject(RelayFault.LostAnswer, "candidates");

        await Assert.ThrowsAsync<IngestUnavailableException>(() => running.CommitAsync(Enumerable.Range(990, 20)));

        Assert.Equal(10, await running.CommitAsync(Enumerable.Range(990, 20)));
    }
}
