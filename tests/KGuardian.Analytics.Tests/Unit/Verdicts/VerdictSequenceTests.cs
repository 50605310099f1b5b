using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Tests.Unit.Verdicts;

/// <summary>Ids of verdicts.</summary>
public sealed class VerdictSequenceTests
{
    [Fact]
    public void Ids_grow_also_when_the_clock_is_set_back_and_over_restarts()
    {
        var clock = new ShiftedClock();
        var first = new VerdictSequence(clock);
        var ids = Enumerable.Range(0, 5000).Select(_ => first.Next()).ToList();
        clock.Step(TimeSpan.FromDays(-3000));
        ids.Add(first.Next());
        var second = new VerdictSequence(clock);
        second.GoBehind(ids[^1]);
        ids.Add(second.Next());

        Assert.All(ids.Zip(ids.Skip(1)), pair => Assert.True(pair.First < pair.Second));
    }

    [Fact]
    public void Id_is_a_whole_number_of_floating_point_for_decades()
    {
        var clock = new ShiftedClock();
        clock.Step(new DateTimeOffset(2080, 12, 31, 0, 0, 0, TimeSpan.Zero) - DateTimeOffset.UtcNow);

        Assert.InRange(new VerdictSequence(clock).Next(), 1, 1L << 53);
    }
}
