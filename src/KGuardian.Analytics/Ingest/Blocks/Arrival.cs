using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>When rows reached this server, as the table keeps it.</summary>
/// <param name="Day">Days since 1970-01-01: the partition.</param>
/// <param name="Version">4294967295 - seconds since 1970: ReplacingMergeTree keeps the highest, that is the first arrival.</param>
internal readonly record struct Arrival(ushort Day, uint Version)
{
    /// <summary>
    /// Days before today that flows which keep their age go back to at most; older ones are as if they were so old. A block of them is an insert into as many
    /// partitions, each with an entry among the 1,000 by which ClickHouse tells a resent insert (<c>non_replicated_deduplication_window</c>): a year leaves
    /// room for those of other servers.
    /// </summary>
    private const int MostAge = 366;

    private const long SecondsADay = 24 * 60 * 60;

    /// <summary>The oldest day that still shows.</summary>
    public ushort Oldest { get; private init; }

    /// <summary>Rows that arrive at <paramref name="now"/>; a clock before 1970 or after 2106 counts as its nearest end.</summary>
    public static Arrival At(DateTimeOffset now)
    {
        var seconds = Math.Clamp(now.ToUnixTimeSeconds(), 0, uint.MaxValue);
        return new Arrival((ushort)(seconds / SecondsADay), uint.MaxValue - (uint)seconds);
    }

    /// <summary>The same, on <paramref name="oldest"/> at the earliest: a clock that was set back must not make flows that never show.</summary>
    public Arrival NotBefore(ushort oldest) => this with { Day = Math.Max(Day, oldest), Oldest = oldest };

    /// <summary>
    /// The day of rows that keep their age: that of their own time, though none that has expired, and today at the latest. Their version stays that of today.
    /// </summary>
    /// <param name="micros">Microseconds since 1970, by an agent's clock.</param>
    public ushort DayOf(long micros) => Math.Clamp(FlowDay.Of(micros), Math.Min(Day, Math.Max(Oldest, (ushort)Math.Max(0, Day - MostAge))), Day);
}
