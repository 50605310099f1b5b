namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>When rows reached this server, as the table keeps it.</summary>
/// <param name="Day">Days since 1970-01-01: the partition.</param>
/// <param name="Version">4294967295 - seconds since 1970: ReplacingMergeTree keeps the highest, that is the first arrival.</param>
internal readonly record struct Arrival(ushort Day, uint Version)
{
    private const long SecondsADay = 24 * 60 * 60;

    /// <summary>Rows that arrive at <paramref name="now"/>; a clock before 1970 or after 2106 counts as its nearest end.</summary>
    public static Arrival At(DateTimeOffset now)
    {
        var seconds = Math.Clamp(now.ToUnixTimeSeconds(), 0, uint.MaxValue);
        return new Arrival((ushort)(seconds / SecondsADay), uint.MaxValue - (uint)seconds);
    }

    /// <summary>The same, on <paramref name="oldest"/> at the earliest: a clock that was set back must not make flows that never show.</summary>
    public Arrival NotBefore(ushort oldest) => this with { Day = Math.Max(Day, oldest) };
}
