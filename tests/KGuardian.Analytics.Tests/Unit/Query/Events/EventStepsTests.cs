using KGuardian.Analytics.Query.Events;

namespace KGuardian.Analytics.Tests.Unit.Query.Events;

/// <summary>Steps of a series: few enough, of round lengths, over all of the window.</summary>
public sealed class EventStepsTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(5 * Second, 5 * Second, 0, 10, 1)]
    [InlineData(5 * Second, (15 * Second) - 1, 0, 10, 2)]
    [InlineData(10 * Second, (1010 * Second) - 1, 10, 10, 100)]
    [InlineData(10 * Second, 1010 * Second, 0, 60, 17)]
    [InlineData(0, (86_400 * Second) - 1, 0, 1800, 48)]
    [InlineData(0, (100 * 86_400 * Second) - 1, 0, 86_400, 100)]
    [InlineData(0, 100 * 86_400 * Second, 0, 2 * 86_400, 51)]
    public void Steps_are_the_shortest_that_make_100_at_most(long from, long to, long first, long step, int count) =>
        Assert.Equal(new EventSteps(first * Second, step * Second, count), EventSteps.Of(from, to));

    [Theory]
    [InlineData(0, long.MaxValue)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(1, 0x0123456789ABCDEF)]
    public void Steps_hold_both_ends_of_any_window(long from, long to)
    {
        var steps = EventSteps.Of(from, to);

        Assert.InRange(steps.Count, 1, EventSteps.Most);
        Assert.InRange(from - steps.First, 0, steps.Step - 1);
        Assert.InRange(to - steps.BeginOf(steps.Count - 1), 0, steps.Step - 1);
    }
}
