using System.Globalization;

namespace KGuardian.Analytics.Flows;

/// <summary>
/// Parses <c>YYYY-MM-DDTHH:MM:SS[.f][Z|+hh:mm|+hhmm|+hh]</c> (also <c>-</c> offsets, a space or lower-case t, lower-case z) to
/// microseconds since 1970-01-01 UTC.
/// </summary>
/// <remarks>
/// One to nine digits follow the dot; those beyond six are cut, that is towards the past. Without an offset the time is UTC. Second 60,
/// a leap second, is the first second of the next minute, as in POSIX time. Seconds may be left out. An empty text and Go's zero time say that the
/// time is not known: <see cref="Unknown"/>. The range is ClickHouse's for DateTime64(6): 1900-01-01 to 2299-12-31, in UTC.
/// </remarks>
internal static class TimestampText
{
    private const int MinuteBytes = 16; // YYYY-MM-DDTHH:MM
    private const int SecondBytes = 19; // YYYY-MM-DDTHH:MM:SS
    private const int MaxBytes = SecondBytes + 10 + 6; // .fffffffff+hh:mm
    private const long MicrosPerSecond = 1_000_000;

    private static readonly long Earliest = DateTimeMicros(1900, 1, 1);
    private static readonly long End = DateTimeMicros(2300, 1, 1);

    /// <summary>What <see cref="TryParse"/> gives for a time that says that there is none.</summary>
    public const long Unknown = long.MinValue;

    /// <summary>Whether a time is one that can be stored.</summary>
    public static bool IsInRange(long micros) => micros >= Earliest && micros < End;

    /// <summary>Parses; false when the text is not a time of the calendar, or is out of range.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long micros)
    {
        if (IsNone(text))
        {
            micros = Unknown;
            return true;
        }

        // To the minute: YYYY-MM-DDTHH:MM, with an offset or without.
        if (text.Length is >= MinuteBytes and <= MinuteBytes + 6
            && (text.Length == MinuteBytes || text[MinuteBytes] is (byte)'Z' or (byte)'z' or (byte)'+' or (byte)'-'))
        {
            Span<byte> full = stackalloc byte[MaxBytes];
            text[..MinuteBytes].CopyTo(full);
            ":00"u8.CopyTo(full[MinuteBytes..]);
            text[MinuteBytes..].CopyTo(full[SecondBytes..]);
            return TryParseFull(full[..(text.Length + 3)], out micros);
        }

        return TryParseFull(text, out micros);
    }

    /// <summary>Writes a time as the broker's contract has it: UTC, six digits of a fraction, no zone.</summary>
    public static string Format(long micros) =>
        DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>
    /// Nothing, or Go's zero time, which a program writes that never set it: 0001-01-01T00:00:00, with a fraction of zeros or without, in UTC.
    /// </summary>
    private static bool IsNone(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return true;
        }

        if (text[0] != '0' || text.Length is < SecondBytes or > MaxBytes || !text.StartsWith("0001-01-01"u8)
            || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || !text[11..].StartsWith("00:00:00"u8))
        {
            return false;
        }

        var rest = text[SecondBytes..];
        return TryReadFraction(ref rest, out var fraction) && fraction == 0 && TryReadOffset(rest, out var offset) && offset == 0;
    }

    private static bool TryParseFull(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (text.Length is < SecondBytes or > MaxBytes
            || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':' || text[10] is not ((byte)'T' or (byte)'t' or (byte)' '))
        {
            return false;
        }

        var year = (TwoDigits(text, 0) * 100) + TwoDigits(text, 2);
        var month = TwoDigits(text, 5);
        var day = TwoDigits(text, 8);
        var hour = TwoDigits(text, 11);
        var minute = TwoDigits(text, 14);
        var second = TwoDigits(text, 17);

        // NotDigits makes each of them too large; a year below 1 has no place in DateTime's arithmetic.
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || hour > 23 || minute > 59 || second > 60
            || (day > 28 && day > DateTime.DaysInMonth(year, month)))
        {
            return false;
        }

        var rest = text[SecondBytes..];
        if (!TryReadFraction(ref rest, out var fraction) || !TryReadOffset(rest, out var offsetMinutes))
        {
            return false;
        }

        micros = DateTimeMicros(year, month, day) + (((((hour * 60) + minute - offsetMinutes) * 60L) + second) * MicrosPerSecond) + fraction;
        return micros >= Earliest && micros < End;
    }

    private static bool TryReadFraction(ref ReadOnlySpan<byte> rest, out long micros)
    {
        micros = 0;
        if (rest.IsEmpty || rest[0] != '.')
        {
            return true;
        }

        var digits = 0;
        for (; digits + 1 < rest.Length && (uint)(rest[digits + 1] - '0') < 10; digits++)
        {
            if (digits < 6)
            {
                micros = (micros * 10) + (rest[digits + 1] - '0');
            }
        }

        for (var missing = digits; missing < 6; missing++)
        {
            micros *= 10;
        }

        rest = rest[(digits + 1)..];
        return digits is >= 1 and <= 9;
    }

    private static bool TryReadOffset(ReadOnlySpan<byte> rest, out int minutes)
    {
        minutes = 0;
        if (rest.IsEmpty || (rest.Length == 1 && (rest[0] | 0x20) == 'z'))
        {
            return true;
        }

        if (rest[0] is not ((byte)'+' or (byte)'-'))
        {
            return false;
        }

        var (hour, minute) = rest.Length switch
        {
            3 => (TwoDigits(rest, 1), 0),
            5 => (TwoDigits(rest, 1), TwoDigits(rest, 3)),
            6 when rest[3] == ':' => (TwoDigits(rest, 1), TwoDigits(rest, 4)),
            _ => (NotDigits, NotDigits),
        };
        minutes = ((hour * 60) + minute) * (rest[0] == '-' ? -1 : 1);
        return hour <= 23 && minute <= 59;
    }

    /// <summary>More than any field may be, also after it was multiplied.</summary>
    private const int NotDigits = 1_000_000;

    private static int TwoDigits(ReadOnlySpan<byte> text, int at)
    {
        var tens = (uint)(text[at] - '0');
        var ones = (uint)(text[at + 1] - '0');
        return tens > 9 || ones > 9 ? NotDigits : (int)((tens * 10) + ones);
    }

    private static long DateTimeMicros(int year, int month, int day) =>
        (new DateTime(year, month, day).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
}
