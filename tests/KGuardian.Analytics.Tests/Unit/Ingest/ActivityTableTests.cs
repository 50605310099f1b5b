using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Ingest.Activity;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public class ActivityTableTests
{
    private const long Hour = 3_600_000_000;

    [Fact]
    public void Bump_counts_as_a_dictionary_does()
    {
        var observation =
            from flow in Gen.OneOf(Gen.Choose(0, 30).Select(i => (ulong)i), Gen.Choose(0, 30).Select(i => (ulong)i << 60))
            from hour in Gen.Choose(-700_000, 2_900_000).Or(Gen.Choose(-3, 3))
            from rest in Gen.Choose(0, 3_599).Select(second => second * 1_000_000L).Or(Gen.Elements(0L, 1L, Hour - 1))
            select (Flow: flow, Hour: hour, Time: (hour * Hour) + rest);
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(observation.ListOf().ToArbitrary(), observations =>
        {
            var table = new ActivityTable();
            foreach (var (flow, _, time) in observations)
            {
                table.Bump(flow, time);
            }

            return Entries(table).SetEquals(observations.GroupBy(o => (o.Flow, o.Hour)).Select(
                group => (group.Key.Flow, group.Key.Hour, (uint)group.Count(), group.Max(o => o.Time))));
        }));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(Hour - 1, 0)]
    [InlineData(Hour, 1)]
    [InlineData(-1, -1)]
    [InlineData(-Hour, -1)]
    [InlineData(-Hour - 1, -2)]
    [InlineData(-2_208_988_800_000_000, -613_608)]
    public void Bump_before_and_after_1970_falls_into_the_hour_that_began(long time, int hour)
    {
        var table = new ActivityTable();

        table.Bump(7, time);

        Assert.Equal([(7UL, hour, 1U, time)], Entries(table));
    }

    [Fact]
    public void Bump_of_many_flows_grows()
    {
        var table = new ActivityTable();
        for (var round = 0; round < 3; round++)
        {
            for (ulong flow = 0; flow < 50_000; flow++)
            {
                table.Bump(flow * 0x9E3779B97F4A7C15, round);
            }
        }

        Assert.Equal(50_000, table.Count);
        Assert.All(Entries(table), entry => Assert.Equal((0, 3U, 2L), (entry.Hour, entry.Observations, entry.LastSeen)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public void Clear_forgets_entries_and_day(int flows)
    {
        var table = new ActivityTable { ArrivalDay = 3 };
        for (var flow = 0; flow < flows; flow++)
        {
            table.Bump((ulong)flow, 0);
        }

        table.Clear();

        Assert.Equal(0, table.Count);
        Assert.Empty(Entries(table));
        Assert.Null(table.ArrivalDay);
        table.Bump(1, 5);
        Assert.Equal([(1UL, 0, 1U, 5L)], Entries(table));
    }

    private static HashSet<(ulong Flow, int Hour, uint Observations, long LastSeen)> Entries(ActivityTable table)
    {
        var entries = new HashSet<(ulong, int, uint, long)>();
        foreach (var slot in table.Slots)
        {
            if (slot.Observations > 0)
            {
                Assert.True(entries.Add((slot.FlowId, slot.Hour, slot.Observations, slot.LastSeen)));
            }
        }

        Assert.Equal(table.Count, entries.Count);
        return entries;
    }
}
