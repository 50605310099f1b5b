using System.Globalization;
using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>
/// Times in parameters: RFC 3339, also without an offset (then UTC, as this store writes them) or a date alone (midnight); or
/// relative to now: <c>now</c>, <c>-90s</c>, <c>-30m</c>, <c>-6h</c>, <c>-7d</c>, <c>-2w</c>. Whole microseconds, as stored; finer digits are cut.
/// </summary>
public static partial class FilterTime
{
    /// <summary>The values in words.</summary>
    public const string Expected = "a time from 1900 to 2299: RFC 3339 such as 2026-01-31T12:00:00Z, or relative such as -6h, -7d or now";

    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2300, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly string[] Layouts = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK", "yyyy-MM-dd"];

    /// <summary>Reads a time in UTC; false when it is none, or out of the store's range.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">What relative times count from.</param>
    /// <param name="time">The time.</param>
    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset time) =>
        (TryRelative(text, now, out time) || TryAbsolute(text, out time)) && time >= Earliest && time < End;

    /// <summary>The one spelling of a time: UTC with six digits of a second.</summary>
    public static string ToText(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Microseconds since 1970, of a time that <see cref="ToText"/> wrote.</summary>
    internal static string Micros(string canonical)
    {
        var time = DateTime.ParseExact(
            canonical, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
        return ((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond).ToString(CultureInfo.InvariantCulture);
    }

    private static bool TryRelative(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        time = Cut(now);
        if (text.Equals("now", StringComparison.OrdinalIgnoreCase))
            return true;
        if (RelativeText().Match(text) is not { Success: true } match)
            return false;

        var amount = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var unit = match.Groups[2].Value switch { "s" => 1L, "m" => 60, "h" => 3600, "d" => 86_400, _ => 7 * 86_400 };
        // The bound keeps the subtraction inside the calendar; Earliest then decides.
        var age = TimeSpan.FromSeconds(Math.Min(amount * unit, (long)(time - DateTimeOffset.MinValue).TotalSeconds));
        time -= age;
        return true;
    }

    private static bool TryAbsolute(string text, out DateTimeOffset time)
    {
        // .NET reads seven digits of a second; agents and Go write nine.
        var cut = LongFraction().Replace(text, "$1");
        var found = DateTimeOffset.TryParseExact(
            cut.Replace('t', 'T').Replace('z', 'Z'), Layouts, CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
        time = Cut(time);
        return found;
    }

    private static DateTimeOffset Cut(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    [GeneratedRegex(@"\A-([0-9]{1,9})([smhdw])\z")]
    private static partial Regex RelativeText();

    [GeneratedRegex(@"(\.[0-9]{6})[0-9]{1,3}(?![0-9])")]
    private static partial Regex LongFraction();
}
