using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Integration.Clocks;

/// <summary>Several ingest servers of one store, one of them with a wrong clock: nothing expires for the others, nothing is counted twice by either.</summary>
public sealed class ClockPairTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Theory]
    [InlineData(2.0, true)]
    [InlineData(40.0, true)]
    [InlineData(-40.0, true)]
    [InlineData(2.0, false)]
    [InlineData(-20_000.0, false)]
    public async Task Wrong_clock_of_one_server_takes_nothing_from_the_other(double wrongDays, bool fromTheStart)
    {
        var (one, other) = await ClockStore.CreatePairAsync(days: 1, new SimulatedMachine(), new SimulatedMachine());
        await using var first = one;
        await using var second = other;
        await one.StartAsync();
        var flows = FlowEvent.Many("pair", 5);
        Assert.Equal(5, await one.PostAsync(flows));
        // In ClickHouse before the other one begins.
        Assert.Equal(5, (await one.ReadAsync()).Length);
        if (fromTheStart)
        {
            other.Machine.Set(Day * wrongDays);
        }

        await other.StartAsync();
        other.Machine.Set(Day * wrongDays);
        await other.LookAsync();
        await one.LookAsync();

        Assert.NotNull(other.Clock.Hold);
        Assert.Null(one.Clock.Hold);
        foreach (var server in new[] { one, other })
        {
            Assert.Equal(0, await server.PostAsync(flows));
            Assert.Equal(5, (await server.ReadAsync()).Length);
            Assert.Empty(await server.Policy.SweepAsync(default));
        }

        // What the one with the wrong clock takes in shows as well, and stays for its days by the clock that is right.
        Assert.Equal(1, await other.PostAsync(FlowEvent.Of("late", 1)));
        Assert.Equal(6, (await other.ReadAsync()).Length);
        one.Machine.Pass(Day / 2);
        other.Machine.Pass(Day / 2);
        await one.LookAsync();
        Assert.Equal(6, (await one.ReadAsync()).Length);
        other.Machine.Set(TimeSpan.Zero);
        await other.LookAsync();
        // ClickHouse's clock is compared with what is believed, and that changed in this look.
        await other.LookAsync();
        Assert.Null(other.Clock.Hold);
        one.Machine.Pass(3 * Day);
        await one.LookAsync();
        Assert.Empty(await one.ReadAsync());
    }

    [Fact]
    public async Task Flows_are_learned_from_a_server_whose_clock_is_minutes_ahead_and_the_other_way_round()
    {
        var (one, other) = await ClockStore.CreatePairAsync(days: 30, new SimulatedMachine(), new SimulatedMachine());
        await using var first = one;
        await using var second = other;
        await one.StartAsync();
        await other.StartAsync();
        // Within what is believed without a witness.
        one.Machine.Set(TimeSpan.FromMinutes(8));
        await one.LookAsync();
        var early = FlowEvent.Many("ahead", 3);
        Assert.Equal(3, await one.PostAsync(early));
        await one.ReadAsync();
        await Patience.UntilAsync("the other server has learned them", () => other.KnownFlows == 3);
        var late = FlowEvent.Many("behind", 4);
        Assert.Equal(4, await other.PostAsync(late));
        await other.ReadAsync();
        await Patience.UntilAsync("the server that is ahead has learned those of the other", () => one.KnownFlows == 7);

        Assert.Equal(0, await one.PostAsync(late));
        Assert.Equal(0, await other.PostAsync(early));
        Assert.Equal(7, (await one.ReadAsync()).Length);
    }

    [Fact]
    public async Task Server_that_is_gone_with_a_wrong_clock_keeps_days_until_somebody_says_so()
    {
        var (one, other) = await ClockStore.CreatePairAsync(days: 1, new SimulatedMachine(), new SimulatedMachine());
        await using var first = one;
        await using var second = other;
        await one.StartAsync();
        await other.StartAsync();
        other.Machine.Set(-40 * Day);
        await other.LookAsync();
        Assert.Equal(1, await other.PostAsync(FlowEvent.Of("gone", 1)));
        await other.ReadAsync();
        await other.EndAsync(killed: true);
        one.Machine.Pass(10 * Day);
        await one.LookAsync();
        Assert.Single(await one.ReadAsync());
        var hold = Assert.Single(await one.Log.ReadHoldsAsync(default));
        Assert.Equal(other.Clock.Server, hold.Server);

        Assert.False(await one.Watch.ReleaseAsync("nobody", AdminInitiator.Server, default));
        Assert.True(await one.Watch.ReleaseAsync(hold.Server, AdminInitiator.Server, default));
        await one.LookAsync();

        Assert.Empty(await one.ReadAsync());
    }
}
