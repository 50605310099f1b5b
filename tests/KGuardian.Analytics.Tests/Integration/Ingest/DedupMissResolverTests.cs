using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Tests.Testing.Network;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>More flows than the index may hold.</summary>
public sealed class DedupMissResolverTests : TierTest
{
    private const int InMemory = 256;

    [Fact]
    public async Task Commit_of_evicted_flows_counts_none_of_them()
    {
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush, InMemory);
        Assert.Equal(2000, await running.CommitAsync(Enumerable.Range(0, 2000)));

        Assert.Equal(0, await running.CommitAsync(Enumerable.Range(0, 2000)));
        Assert.Equal(1, await running.CommitAsync([5, 2000, 5, 2000]));

        await running.FlushAsync();
        await AssertStoredAsync(2001);
    }

    [Fact]
    public async Task Commit_by_many_at_once_stays_exact()
    {
        await using var running = await RunningTier.StartAsync(
            Database, Journal, new IngestOptions { LoadInterval = TimeSpan.FromMilliseconds(5) }, InMemory);

        await AssertExactByManyAsync(running, clients: 24, batches: 8, flows: 60, of: 2000);
    }

    [Fact]
    public async Task Commit_while_ClickHouse_is_away_is_refused_and_works_again_after()
    {
        await using var relay = new TcpRelay(Database.Endpoint.Url);
        await using var running = await RunningTier.StartAsync(Database, Journal, new IngestOptions(), InMemory, relay);
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
        await AssertStoredAsync(1001);
    }

    [Fact]
    public async Task Commit_whose_look_up_fails_is_refused_and_leaves_nothing_reserved()
    {
        await using var relay = new TcpRelay(Database.Endpoint.Url);
        await using var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush, InMemory, relay);
        await running.CommitAsync(Enumerable.Range(0, 1000));
        await running.FlushAsync();
        relay.Inject(RelayFault.LostAnswer, "candidates");

        await Assert.ThrowsAsync<IngestUnavailableException>(() => running.CommitAsync(Enumerable.Range(990, 20)));

        Assert.Equal(10, await running.CommitAsync(Enumerable.Range(990, 20)));
    }
}
