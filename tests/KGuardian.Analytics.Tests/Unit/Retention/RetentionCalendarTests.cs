using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Tests.Unit.Retention;

/// <summary>Days are counted by the time that flows were kept.</summary>
public sealed class RetentionCalendarTests
{
    private const long Day = 24 * 60 * 60;
    private const long Today = 20_000;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, Today - 1)]
    [InlineData(30, Today - 30)]
    [InlineData(36_500, 0)]
    public void Days_before_today_are_kept(int days, long oldest) => Assert.Equal(oldest, Oldest(Today, days));

    [Fact]
    public void Flows_from_before_a_step_have_what_was_passed_over_on_top()
    {
        // On day 100 it turns out to be day 140.
        var step = new ClockRow("one", 0, 100 * Day, 140 * Day);

        Assert.Equal(93, Oldest(140, 7, step));
        Assert.Equal(100, Oldest(147, 7, step));
        // The last flow from before, of day 100, has had its seven days: only flows from day 140 on are left.
        Assert.Equal(141, Oldest(148, 7, step));
    }

    [Fact]
    public void Steps_add_up_for_flows_from_before_both()
    {
        // Day 105 became 110, and day 113 became 123.
        ClockRow[] steps = [new("one", 0, 105 * Day, 110 * Day), new("one", 1, 113 * Day, 123 * Day)];

        Assert.Equal(113 - 5 - 7, Oldest(113, 7, steps[0]));
        Assert.Equal(123 - 15 - 7, Oldest(123, 7, steps));
        // A flow of day 105 would be one of day 120 by the clock that is right in the end.
        Assert.Equal(105, Oldest(127, 7, steps));
        Assert.Equal(129 - 10 - 7, Oldest(129, 7, steps));
        Assert.Equal(133 - 7, Oldest(133, 7, steps));
    }

    [Fact]
    public void Step_back_takes_nothing_from_flows_from_before_an_earlier_step_ahead()
    {
        // Day 100 became 140 by mistake, and on day 141 that was put right: 101.
        ClockRow[] steps = [new("one", 0, 100 * Day, 140 * Day), new("one", 1, 141 * Day, 101 * Day)];

        Assert.Equal(101 - 7, Oldest(101, 7, steps));
        Assert.Equal(120 - 7, Oldest(120, 7, steps));
    }

    [Fact]
    public void Hold_of_another_server_keeps_what_that_one_writes_down()
    {
        ClockRow[] held = [new("other", 0, 100 * Day, null)];

        Assert.Equal(95, Oldest(102, 7, held));
        Assert.Equal(100, Oldest(200, 7, held));
        Assert.Equal(193, Oldest(200, 7, [.. held, new("other", 1, 200 * Day, 200 * Day)]));
        // It turns out that it was 40 days behind all the time.
        Assert.Equal(200 - 40 - 7, Oldest(200, 7, [.. held, new("other", 1, 160 * Day, 200 * Day)]));
    }

    [Fact]
    public void Steps_of_two_servers_do_not_cancel_each_other()
    {
        ClockRow[] steps = [new("behind", 0, 100 * Day, 140 * Day), new("ahead", 0, 180 * Day, 140 * Day)];

        Assert.Equal(140 - 40 - 7, Oldest(140, 7, steps));
    }

    private static long Oldest(long today, int days, params ClockRow[] clocks) =>
        RetentionCalendar.OldestDay(DateTimeOffset.FromUnixTimeSeconds(today * Day), days, clocks);
}
