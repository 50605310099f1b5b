namespace KGuardian.Analytics.Flows;

/// <summary>The day of a flow's own time, as the table counts days.</summary>
internal static class FlowDay
{
    private const long MicrosADay = 24L * 60 * 60 * 1_000_000;

    /// <summary>Days since 1970-01-01 (UTC); of a time that a Date cannot hold the nearest end.</summary>
    /// <param name="micros">Microseconds since 1970; <see cref="TimestampText.Unknown"/>, which becomes the time of arrival, is before no day.</param>
    public static ushort Of(long micros) => micros == TimestampText.Unknown ? ushort.MaxValue : (ushort)Math.Clamp(micros / MicrosADay, 0, ushort.MaxValue);
}
