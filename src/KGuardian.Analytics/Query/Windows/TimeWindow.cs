namespace KGuardian.Analytics.Query.Windows;

/// <summary>A span of time: a window, or what a written time stands for.</summary>
/// <param name="From">Its begin.</param>
/// <param name="To">Its end, not part of it.</param>
internal readonly record struct TimeWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>Microseconds since 1970, as ClickHouse's time functions take them.</summary>
    internal static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Whole seconds since 1970.</summary>
    internal static long Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds();

    /// <summary>The whole hours that the window touches.</summary>
    public TimeWindow InHours()
    {
        var beyond = To.AddTicks(TimeSpan.TicksPerHour - 1);
        return new TimeWindow(From.AddTicks(-(From.UtcTicks % TimeSpan.TicksPerHour)), beyond.AddTicks(-(beyond.UtcTicks % TimeSpan.TicksPerHour)));
    }

    /// <inheritdoc/>
    public override string ToString() => $"{FilterTime.ToText(From)}/{FilterTime.ToText(To)}";
}
