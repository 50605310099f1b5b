using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public sealed class ArrivalSequenceTests : TierTest
{
    [Fact]
    public void Numbers_are_the_time_made_distinct_also_when_the_clock_steps_back()
    {
        var clock = new ShiftedClock();
        var before = Micros(clock);
        var arrivals = new ArrivalSequence(clock);

        var first = arrivals.Allocate(1_000_000_000);
        var second = arrivals.Allocate(10);
        clock.Pass(-3);
        var third = arrivals.Allocate(1);
        clock.Pass(6);
        var fourth = arrivals.Allocate(1);

        Assert.InRange(first, before, Micros(clock));
        Assert.Equal((first + 1_000_000_000, first + 1_000_000_010), (second, third));
        Assert.InRange(fourth, third + 1, Micros(clock));
    }

    [Fact]
    public async Task Wait_ends_when_a_block_behind_is_loaded_and_not_before()
    {
        var arrivals = new ArrivalSequence(TimeProvider.System);
        arrivals.ResumeAfter(100);
        Assert.Equal(100, await arrivals.WaitAsync(99, CancellationToken.None));
        var waits = arrivals.WaitAsync(100, CancellationToken.None);

        var first = arrivals.Allocate(5);
        arrivals.Advance(100);
        Assert.False(waits.IsCompleted);
        arrivals.Advance(first + 4);

        Assert.Equal(first + 4, await waits.WaitAsync(Patience.Limit));
    }

    [Fact]
    public async Task Blocks_are_numbered_one_behind_the_other_over_a_restart_whatever_the_clock_says()
    {
        await using (var running = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush))
        {
            Assert.Equal(0, running.Tier.Arrivals.HighWatermark);
            await running.CommitAsync(Enumerable.Range(0, 9000));
            await running.FlushAsync();
            Assert.Equal($"{running.Tier.Arrivals.HighWatermark}\t9000\t8999", await SequencesAsync());
            // What a server with a clock an hour ahead would have stored.
            await Database.SqlAsync("INSERT INTO traffic SELECT * REPLACE ('ahead' AS pod_ip, sequence + 3600000000 AS sequence) FROM traffic LIMIT 1");
            await running.CommitAsync(Enumerable.Range(9000, 50));
        }

        var ahead = long.Parse(await Database.SqlAsync("SELECT max(sequence) FROM traffic"), System.Globalization.CultureInfo.InvariantCulture);
        await using var next = await RunningTier.StartAsync(Database, Journal, RunningTier.OnlyOnFlush);

        // The journal's flows came in behind.
        Assert.Equal(ahead + 50, next.Tier.Arrivals.HighWatermark);
        Assert.Equal("50", await Database.SqlAsync($"SELECT uniqExact(sequence) FROM traffic WHERE sequence BETWEEN {ahead + 1} AND {ahead + 50}"));
    }

    private static long Micros(TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    private Task<string> SequencesAsync() => Database.SqlAsync("SELECT max(sequence), uniqExact(sequence), max(sequence) - min(sequence) FROM traffic");
}
