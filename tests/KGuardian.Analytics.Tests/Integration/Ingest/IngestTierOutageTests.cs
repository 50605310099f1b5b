using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public sealed class IngestTierOutageTests : TierTest
{
    private TcpRelay _relay = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _relay = new TcpRelay(Database.Endpoint.Url);
    }

    public override async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Commit_while_ClickHouse_is_away_refuses_new_flows_answers_repeats_and_recovers()
    {
        await using var running = await StartAsync(new IngestOptions());
        Assert.Equal(3, await running.CommitAsync([1, 2, 3]));
        running.Health.Start();

        _relay.GoAway();
        await Patience.UntilAsync(() => running.Health.Failure is not null);
        var error = await Assert.ThrowsAsync<IngestUnavailableException>(() => running.CommitAsync([3, 4]));
        Assert.Contains("ClickHouse", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await running.CommitAsync([1, 2, 3]));

        _relay.Open();
        await Patience.UntilAsync(() => running.Health.Failure is null);
        await running.FlushAsync();
        Assert.Equal(1, await running.CommitPatientlyAsync([3, 4]));
        await running.FlushAsync();
        await AssertStoredAsync(4);
    }

    [Fact]
    public async Task Commit_by_many_through_an_outage_counts_and_stores_each_flow_once()
    {
        await using var running = await StartAsync(new IngestOptions { LoadInterval = TimeSpan.FromMilliseconds(5) });
        running.Health.Start();
        var acknowledged = new System.Collections.Concurrent.ConcurrentDictionary<int, bool>();
        var refused = 0;

        var clients = Enumerable.Range(0, 8).Select(client => Task.Run(async () =>
        {
            var total = 0;
            for (var i = 0; i < 40; i++)
            {
                var flows = Enumerable.Range((i * 60) + (client % 4 * 20), 40).ToArray();
                // As an agent does: the same batch again until it is taken.
                await Patience.UntilAsync(async () =>
                {
                    try
                    {
                        total += await running.CommitAsync(flows);
                        Array.ForEach(flows, flow => acknowledged[flow] = true);
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
        })).ToArray();
        await Patience.UntilAsync(() => acknowledged.Count > 200);
        _relay.GoAway();
        await Patience.UntilAsync(() => running.Health.Failure is not null || clients.All(client => client.IsCompleted));
        _relay.Open();
        var counts = await Task.WhenAll(clients);

        Assert.Equal(acknowledged.Count, counts.Sum());
        await running.FlushAsync();
        await AssertStoredAsync(acknowledged.Count);
    }

    [Fact]
    public async Task Insert_whose_answer_is_lost_is_tried_again_and_stored_once()
    {
        await using var running = await StartAsync(RunningTier.OnlyOnFlush);
        Assert.Equal(5, await running.CommitAsync([1, 2, 3, 4, 5]));
        _relay.Inject(RelayFault.LostAnswer, "INSERT+INTO+traffic+");

        await running.FlushAsync();

        Assert.Equal(1, _relay.Done);
        Assert.Equal(0, await running.CommitAsync([1, 2, 3, 4, 5]));
        await AssertStoredAsync(5);
    }

    [Fact]
    public async Task Activity_counted_before_and_after_a_flush_that_failed_is_written_by_one_more()
    {
        await using var running = await StartAsync(RunningTier.OnlyOnFlush);
        await running.CommitAsync([1, 2]);
        await running.FlushAsync();
        await running.CommitAsync([1]);
        _relay.GoAway();
        await Assert.ThrowsAsync<ClickHouseException>(() => running.Tier.FlushActivityAsync(CancellationToken.None));
        await running.CommitAsync([1, 2]);
        _relay.Open();

        await running.Tier.FlushActivityAsync(CancellationToken.None);

        Assert.Equal("3", await Database.SqlAsync("SELECT sum(observations) FROM traffic_activity"));
    }

    [Fact]
    public async Task Rejected_rows_whose_insert_lost_its_answer_are_stored_once()
    {
        await using var running = await StartAsync(RunningTier.OnlyOnFlush);
        _relay.Inject(RelayFault.LostAnswer, "rejected_events");
        await running.Tier.CommitAsync(TestFlows.Parse("""[{"uuid":"no"}, 7]""", running.Tier.Hasher));

        // The tier writes them every second by itself.
        await Patience.UntilAsync(() => _relay.Done == 1);
        await running.Tier.FlushActivityAsync(CancellationToken.None);
        await running.Tier.CommitAsync(TestFlows.Parse("[8]", running.Tier.Hasher));
        await running.Tier.FlushActivityAsync(CancellationToken.None);

        Assert.Equal("3", await Database.SqlAsync("SELECT count() FROM rejected_events"));
    }

    [Fact]
    public async Task Flows_acknowledged_before_an_outage_survive_a_crash_in_it()
    {
        await using (var running = await StartAsync(RunningTier.OnlyOnFlush))
        {
            Assert.Equal(2, await running.CommitAsync([1, 2]));
            _relay.GoAway();
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.Tier.FlushAsync(soon.Token).AsTask());
        }

        _relay.Open();
        await using var next = await StartAsync(RunningTier.OnlyOnFlush);
        Assert.Equal(0, await next.CommitAsync([1, 2]));
        await AssertStoredAsync(2);
    }

    [Fact]
    public async Task Start_that_fails_in_the_middle_of_the_journal_loses_nothing_when_tried_again()
    {
        // More flows than the index holds: what the journal has, ClickHouse is asked about, record by record.
        await using (var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush))
        {
            await running.CommitAsync(Enumerable.Range(1000, 600));
            await running.FlushAsync();
            Assert.Equal(5, await running.CommitAsync([1, 2, 3, 4, 5]));
            Assert.Equal(5, await running.CommitAsync([6, 7, 8, 9, 10]));
        }

        await using var next = RunningTier.Create(Database, Journal, RunningTier.OnlyOnFlush, memoryBytes: RunningTier.LittleMemory, through: _relay);
        _relay.Inject(RelayFault.LostAnswer, "candidates", after: 1);
        await Assert.ThrowsAsync<ClickHouseException>(() => next.Tier.StartAsync(CancellationToken.None));
        Assert.Equal(1, _relay.Done);
        await next.Tier.StartAsync(CancellationToken.None);

        await AssertStoredAsync(610);
        Assert.Equal(0, await next.CommitAsync(Enumerable.Range(1, 10)));
    }

    private Task<RunningTier> StartAsync(IngestOptions options) => RunningTier.StartAsync(Database, Journal, options, through: _relay);
}
