using KGuardian.Analytics.Clocks;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// Which arrival day is the oldest that is kept at some moment. A flow ages by the time that it was kept, not by what a clock says: those that a server wrote
/// down before its time was moved have the days of the time before, and expire by that.
/// </summary>
internal static class RetentionCalendar
{
    private const long SecondsADay = 24 * 60 * 60;

    /// <summary>Days since 1970-01-01; 0 when flows are kept for ever.</summary>
    /// <param name="now">The time believed.</param>
    /// <param name="days">Whole days kept after the day of arrival; 0 for ever.</param>
    /// <param name="clocks">Holds and steps of the servers' clocks, each server's in their order.</param>
    public static ushort OldestDay(DateTimeOffset now, int days, IReadOnlyList<ClockRow> clocks)
    {
        if (days <= 0)
        {
            return 0;
        }

        var seconds = now.ToUnixTimeSeconds();
        var oldest = Day(seconds) - days;
        foreach (var server in clocks.GroupBy(row => row.Server))
        {
            oldest = Math.Min(oldest, OldestOf(server.Reverse(), seconds, days));
        }

        return (ushort)Math.Clamp(oldest, 0, ushort.MaxValue);
    }

    /// <summary>The oldest day that one server's flows need.</summary>
    private static long OldestOf(IEnumerable<ClockRow> newestFirst, long now, int days)
    {
        var oldest = long.MaxValue;
        // By how much the time of now is ahead of the time before the row.
        var ahead = 0L;
        foreach (var (row, isLast) in newestFirst.Select((row, i) => (row, i == 0)))
        {
            if (row.To is { } to)
            {
                ahead += to - row.From;
                var before = Day(now - ahead) - days;
                // The last flow from before the step is of that day; when it has had its days, none is left.
                oldest = before <= Day(row.From) ? Math.Min(oldest, before) : oldest;
            }
            else if (isLast)
            {
                // Nobody knows yet how long its flows were kept.
                oldest = Day(row.From);
            }
        }

        return oldest;
    }

    private static long Day(long seconds) => (long)Math.Floor(seconds / (double)SecondsADay);
}
