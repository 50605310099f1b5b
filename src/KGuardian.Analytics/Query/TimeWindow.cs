using KGuardian.Analytics.Query.Filters;

namespace KGuardian.Analytics.Query;

/// <summary>A span of first-seen time.</summary>
/// <param name="From">Its begin.</param>
/// <param name="To">Its end, not part of it.</param>
public readonly record struct TimeWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Microseconds since 1970, as ClickHouse's time functions take them.</summary>
    internal static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Whole seconds since 1970.</summary>
    internal static long Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds();

    /// <inheritdoc/>
    public override string ToString() => $"{FilterTime.ToText(From)}/{FilterTime.ToText(To)}";
}
