using System.Globalization;

namespace KGuardian.Analytics.Query.Windows;

/// <summary>
/// Times as whole nanoseconds since 1970, as some contracts write them; ours are microseconds. What is before 1970 counts as 0, what is behind
/// 2262-04-11T23:47:16.854775Z as the end of 64 bits.
/// </summary>
internal static class NanosecondTime
{
    /// <summary>Nanoseconds of a second.</summary>
    public const long OfSecond = 1_000_000_000;

    /// <summary>Nanoseconds of a microsecond.</summary>
    public const long OfMicrosecond = 1000;

    /// <summary>Nanoseconds of a time in microseconds since 1970.</summary>
    public static long Of(long micros) => micros < 0 ? 0 : micros > long.MaxValue / OfMicrosecond ? long.MaxValue : micros * OfMicrosecond;

    /// <summary>The first time, of those that are more than 0, whose nanoseconds are so many or more.</summary>
    public static DateTimeOffset AtLeast(long nanoseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(((nanoseconds - 1) / OfMicrosecond) + 1);

    /// <summary>The times whose nanoseconds are two, or between them.</summary>
    /// <param name="from">The first; 0 has all of the past with it.</param>
    /// <param name="to">The last; the end of 64 bits has all of the future with it.</param>
    public static TimeWindow Between(long from, long to) => new(
        from == 0 ? FilterTime.Earliest : AtLeast(from), to == long.MaxValue ? FilterTime.End : AtLeast(to + 1));

    /// <summary>The time as text, with nine digits of a second.</summary>
    public static string ToText(long nanoseconds) => string.Create(
        CultureInfo.InvariantCulture,
        $"{DateTimeOffset.UnixEpoch.AddSeconds(nanoseconds / OfSecond):yyyy-MM-dd'T'HH:mm:ss}.{nanoseconds % OfSecond:000000000}Z");
}
