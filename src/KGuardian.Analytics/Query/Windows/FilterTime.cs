using System.Globalization;
using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Query.Windows;

/// <summary>
/// Times in parameters and filters: RFC 3339, also without seconds, without an offset (then UTC) or a date alone; or relative to now: <c>now</c>,
/// <c>-90s</c>, <c>-30m</c>, <c>-6h</c>, <c>-7d</c>, <c>-2w</c>, also written <c>now-7d</c>. A time stands for all of the day, minute, second or fraction that
/// it is written to: that is what equals it, and what an end that counts covers. Microseconds are stored, so finer digits are cut.
/// </summary>
internal static partial class FilterTime
{
    /// <summary>The values in words.</summary>
    public const string Expected = "a time from 1900 to 2299: RFC 3339 such as 2026-01-31T12:00:00Z, a date, or relative such as -6h, now-7d or now";

    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    /// <summary>The first time that the store takes.</summary>
    internal static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The end of those that it takes, not part of them.</summary>
    internal static readonly DateTimeOffset End = new(2300, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly TimeSpan Microsecond = TimeSpan.FromTicks(TimeSpan.TicksPerMicrosecond);

    // What times are written to, and how. K is Z, another offset, or nothing.
    private static readonly (TimeSpan Unit, string Layout)[] Precisions =
    [
        (TimeSpan.FromDays(1), "yyyy-MM-dd"),
        (TimeSpan.FromMinutes(1), "yyyy-MM-dd'T'HH:mmK"),
        (TimeSpan.FromSeconds(1), "yyyy-MM-dd'T'HH:mm:ssK"),
        .. Enumerable.Range(1, 6).Select(digits => (TimeSpan.FromSeconds(1) / Math.Pow(10, digits), $"yyyy-MM-dd'T'HH:mm:ss.{new string('f', digits)}K")),
    ];

    /// <summary>Reads a time in UTC; false when it is none, or out of the store's range.</summary>
    /// <param name="text">The text.</param>
    /// <param name="now">What relative times count from.</param>
    /// <param name="time">From the time that the text names to the end of what it stands for.</param>
    public static bool TryParse(string text, DateTimeOffset now, out TimeWindow time) =>
        (TryRelative(text, now, out time) || TryAbsolute(text, out time)) && time.From >= Earliest && time.From < End;

    /// <summary>A moment: UTC with six digits of a second.</summary>
    public static string ToText(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>The one spelling of a time that <see cref="TryParse"/> has read: in UTC, to what it was written to.</summary>
    internal static string Canonical(TimeWindow time) =>
        time.From.UtcDateTime.ToString(Precisions.First(precision => precision.Unit == time.To - time.From).Layout, CultureInfo.InvariantCulture);

    private static bool TryRelative(string text, DateTimeOffset now, out TimeWindow time)
    {
        var begin = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        time = new TimeWindow(begin, begin + Microsecond);
        if (text.Equals("now", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        if (RelativeText().Match(text) is not { Success: true } match)
        {
            return false;
        }

        var amount = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        var unit = match.Groups[2].Value switch { "s" => 1L, "m" => 60, "h" => 3600, "d" => 86_400, _ => 7 * 86_400 };
        // The bound keeps the subtraction inside the calendar; Earliest then decides.
        begin -= TimeSpan.FromSeconds(Math.Min(amount * unit, (long)(begin - DateTimeOffset.MinValue).TotalSeconds));
        time = new TimeWindow(begin, begin + Microsecond);
        return true;
    }

    private static bool TryAbsolute(string text, out TimeWindow time)
    {
        // .NET reads seven digits of a second; agents and Go write nine.
        var cut = DateAndTime().Replace(LongFraction().Replace(text, "$1"), "T").Replace('z', 'Z');
        foreach (var (unit, layout) in Precisions)
        {
            if (DateTimeOffset.TryParseExact(
                cut, layout, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var begin)
                && begin < End)
            {
                time = new TimeWindow(begin, begin + unit);
                return true;
            }
        }

        time = default;
        return false;
    }

    [GeneratedRegex(@"\A(?:now)?-([0-9]{1,9})([smhdw])\z")]
    private static partial Regex RelativeText();

    [GeneratedRegex(@"(\.[0-9]{6})[0-9]{1,3}(?![0-9])")]
    private static partial Regex LongFraction();

    // RFC 3339 5.6 lets both be written otherwise than ISO 8601.
    [GeneratedRegex(@"(?<=\A[0-9]{4}-[0-9]{2}-[0-9]{2})[t ](?=[0-9])")]
    private static partial Regex DateAndTime();
}
