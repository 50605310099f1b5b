using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Tests.Testing.Clocks;

namespace KGuardian.Analytics.Tests.Unit.Clocks;

/// <summary>What is believed of a clock, without any store.</summary>
public sealed class TrustedClockTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private readonly SimulatedMachine _machine = new();

    [Fact]
    public void Time_that_passes_is_believed_and_no_hold_begins()
    {
        var clock = Start();
        for (var day = 0; day < 400; day++)
        {
            _machine.Pass(Day);
            Assert.Null(clock.Observe());
        }

        Assert.Null(clock.Hold);
        AssertTime(_machine.TrueTime, clock);
    }

    [Theory]
    [InlineData(2.0)]
    [InlineData(-2.0)]
    [InlineData(40.0)]
    [InlineData(-20_000.0)]
    [InlineData(0.01)]
    public void Step_is_not_believed_from_the_first_look_on_and_agreement_ends_the_hold(double days)
    {
        var clock = Start();
        _machine.Set(Day * days);

        AssertTime(_machine.TrueTime, clock);
        Assert.Equal(ClockDoubt.Stepped, clock.Hold!.Doubt);
        Assert.Null(clock.Observe());
        _machine.Pass(Day);
        Assert.Null(clock.Observe());
        AssertTime(_machine.TrueTime, clock);
        Assert.Equal(Day.TotalSeconds * days, clock.Difference.TotalSeconds, 1);

        _machine.Set(TimeSpan.Zero);
        Assert.Null(clock.Observe());
        Assert.Null(clock.Hold);
        AssertTime(_machine.TrueTime, clock);
    }

    [Fact]
    public void Small_corrections_are_believed_but_not_more_of_them_than_ten_minutes_a_day()
    {
        var clock = Start();
        var believed = TimeSpan.Zero;
        for (var minute = 1; minute <= 60; minute++)
        {
            _machine.Set(TimeSpan.FromMinutes(minute));
            clock.Observe();
            believed = clock.GetUtcNow() - _machine.TrueTime;
        }

        Assert.InRange(believed, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(11));
        Assert.NotNull(clock.Hold);
    }

    [Fact]
    public void Clock_of_twice_the_speed_is_held_within_minutes()
    {
        var clock = Start();
        for (var second = 1; second < 3600; second++)
        {
            _machine.Pass(TimeSpan.FromSeconds(1));
            _machine.Set(TimeSpan.FromSeconds(second));
            clock.Observe();
        }

        Assert.NotNull(clock.Hold);
        Assert.InRange(clock.GetUtcNow() - _machine.TrueTime, TimeSpan.FromMinutes(8), TimeSpan.FromMinutes(12));
    }

    [Fact]
    public void Kernel_that_keeps_the_clock_confirms_a_step_which_is_made_only_when_adopted()
    {
        _machine.Set(-40 * Day);
        var clock = Start();
        Assert.Null(clock.Hold);
        _machine.Set(TimeSpan.Zero);
        _machine.IsSynchronized = true;

        var step = clock.Observe();

        Assert.Equal(40, step!.Ahead.TotalDays, 3);
        Assert.NotNull(clock.Hold);
        AssertTime(_machine.TrueTime - (40 * Day), clock);
        Assert.True(clock.Adopt(step));
        Assert.Null(clock.Hold);
        AssertTime(_machine.TrueTime, clock);
    }

    [Fact]
    public void Step_is_not_adopted_when_the_clock_moved_again()
    {
        var clock = Start();
        _machine.Set(Day);
        var step = clock.Propose("somebody")!;
        _machine.Set(30 * Day);

        Assert.False(clock.Adopt(step));
        AssertTime(_machine.TrueTime, clock);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(40.0)]
    [InlineData(-40.0)]
    public void Restart_within_one_start_of_the_machine_knows_how_much_time_passed(double wrongDays)
    {
        var kept = Start().Reading;
        _machine.Pass(TimeSpan.FromHours(31));
        _machine.Set(Day * wrongDays);

        var next = new TrustedClock(_machine, _machine.Witness);
        next.Start(kept, newest: null);
        next.Observe();

        AssertTime(_machine.TrueTime, next);
        Assert.Equal(wrongDays != 0, next.Hold is not null);
    }

    [Fact]
    public void Start_of_the_machine_far_from_what_was_seen_is_held_until_somebody_confirms_it()
    {
        var kept = Start().Reading;
        var stopped = _machine.TrueTime;
        _machine.Pass(3 * Day);
        _machine.Boot();

        var next = new TrustedClock(_machine, _machine.Witness);
        next.Start(kept, newest: null);

        Assert.Null(next.Observe());
        Assert.Equal(ClockDoubt.Started, next.Hold!.Doubt);
        AssertTime(stopped, next);
        Assert.True(next.Adopt(next.Propose("somebody")!));
        Assert.Null(next.Hold);
        AssertTime(_machine.TrueTime, next);
    }

    [Fact]
    public void Short_restart_of_the_machine_is_believed()
    {
        var kept = Start().Reading;
        _machine.Pass(TimeSpan.FromMinutes(4));
        _machine.Boot();

        var next = new TrustedClock(_machine, _machine.Witness);
        next.Start(kept, newest: null);
        next.Observe();

        Assert.Null(next.Hold);
        AssertTime(_machine.TrueTime, next);
    }

    [Theory]
    [InlineData(0.9, false)]
    [InlineData(-0.9, false)]
    [InlineData(40.0, true)]
    [InlineData(-40.0, true)]
    public void Store_without_a_clock_of_its_own_is_compared_with_its_newest_flow(double days, bool held)
    {
        var clock = new TrustedClock(_machine, _machine.Witness);
        clock.Start(kept: null, newest: _machine.TrueTime - (Day * days));
        clock.Observe();

        Assert.Equal(held, clock.Hold is not null);
    }

    [Fact]
    public void Clock_before_this_program_was_made_is_not_believed_and_one_that_is_set_then_is()
    {
        _machine.Set(DateTimeOffset.UnixEpoch - _machine.TrueTime);
        var clock = Start();
        Assert.Equal(ClockDoubt.Impossible, clock.Hold!.Doubt);
        AssertTime(TrustedClock.Earliest, clock);

        _machine.Set(TimeSpan.Zero);
        var step = clock.Observe();

        Assert.True(clock.Adopt(step!));
        Assert.Null(clock.Hold);
        AssertTime(_machine.TrueTime, clock);
    }

    [Fact]
    public void Clock_of_ClickHouse_that_is_apart_holds_until_it_agrees_or_is_confirmed()
    {
        var clock = Start();
        clock.Compare(TimeSpan.FromMinutes(-6));
        Assert.Equal(ClockDoubt.ClickHouse, clock.Hold!.Doubt);
        clock.Compare(TimeSpan.FromMinutes(1));
        Assert.Null(clock.Hold);

        clock.Compare(TimeSpan.FromHours(3));
        Assert.True(clock.Adopt(clock.Propose("somebody")!));
        Assert.NotNull(clock.Hold);
        Assert.True(clock.Adopt(clock.Propose("somebody")!, acceptsClickHouse: true));
        Assert.Null(clock.Hold);
        clock.Compare(TimeSpan.FromHours(5));
        Assert.NotNull(clock.Hold);
    }

    [Fact]
    public void Start_that_the_kernel_confirms_is_held_when_ClickHouse_says_another_time()
    {
        var kept = Start().Reading with { IsWitnessed = true };
        _machine.Pass(Day);
        _machine.Boot();
        // Everything that this machine has says so: its time server is a year ahead.
        _machine.Pass(365 * Day);
        _machine.IsSynchronized = true;
        var next = new TrustedClock(_machine, _machine.Witness);
        Assert.True(next.Start(kept, newest: null));
        next.Compare(_machine.TrueTime - (365 * Day) - next.GetUtcNow());

        Assert.True(next.Adopt(next.Observe()!));

        Assert.Equal(ClockDoubt.ClickHouse, next.Hold!.Doubt);
        Assert.Equal(kept.Timeline + 1, next.TimelineNumber);
    }

    [Fact]
    public void Time_before_this_program_was_made_is_believed_of_nobody()
    {
        var clock = Start();
        _machine.Set(TrustedClock.Earliest.AddDays(-1) - _machine.TrueTime);
        var told = new TrustedClock(_machine, new ClockWitness("start", () => _machine.GetUtcNow()));

        Assert.Null(clock.Propose("somebody"));
        told.Start(clock.Reading, newest: null);
        Assert.Null(told.Observe());
        Assert.NotNull(told.Hold);
    }

    [Fact]
    public void Reading_the_clock_changes_nothing()
    {
        var clock = Start();
        _machine.Set(2 * Day);
        for (var i = 0; i < 1000; i++)
        {
            _ = (clock.GetUtcNow(), clock.Hold, clock.Difference, clock.Reading);
        }

        _machine.Set(TimeSpan.Zero);
        Assert.Null(clock.Hold);
        AssertTime(_machine.TrueTime, clock);
    }

    [Fact]
    public void Kernel_that_keeps_no_clock_is_no_witness_and_one_that_does_says_the_time()
    {
        var told = KernelClock.ReadSynchronized();

        // Either is right on some machine; what is said is never another time than the system's.
        Assert.True(told is null || (told.Value - DateTimeOffset.UtcNow).Duration() < TimeSpan.FromSeconds(5));
    }

    private TrustedClock Start()
    {
        var clock = new TrustedClock(_machine, _machine.Witness);
        clock.Start(kept: null, newest: null);
        clock.Observe();
        return clock;
    }

    /// <summary>True time goes on while a test runs, however slowly that is.</summary>
    private static void AssertTime(DateTimeOffset expected, TrustedClock clock) =>
        Assert.InRange(clock.GetUtcNow() - expected, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
}
