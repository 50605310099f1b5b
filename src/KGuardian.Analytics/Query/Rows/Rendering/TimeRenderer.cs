using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>
/// Times as <c>2026-01-31T12:00:00.123456</c> and a zone. Rows come in the order of time or near it, so that the text up to
/// the minute is that of the row before.
/// </summary>
internal sealed class TimeRenderer : ColumnRenderer
{
    private const long Second = TimeSpan.MicrosecondsPerSecond;
    private const long Minute = TimeSpan.MicrosecondsPerMinute;
    private const int MinuteLength = 17; // "2026-01-31T12:00:"

    /// <summary>The times from which and up to which ClickHouse has a date; what is beyond has the first one or the last one.</summary>
    private const long FirstSecond = -62_167_219_200; // 0000-01-01
    private const long LastSecond = 253_402_300_799; // 9999-12-31T23:59:59

    private readonly byte[] _begin;
    private readonly int _minuteAt;
    private readonly byte[] _end;
    private readonly int _endLength;
    private FixedColumn _column = null!;
    private long _minute;

    /// <param name="lead">What is before a value.</param>
    /// <param name="tail">What is behind it.</param>
    /// <param name="zone">What is behind a time.</param>
    public TimeRenderer(byte[] lead, byte[] tail, string zone)
    {
        _begin = Overcopy.Padded([.. lead, (byte)'"', .. new byte[MinuteLength]]);
        _minuteAt = lead.Length + 1;
        _end = Overcopy.Padded([.. Encoding.ASCII.GetBytes(zone), (byte)'"', .. tail]);
        _endLength = zone.Length + 1 + tail.Length;
        SetMinute(0);
    }

    public override int MostBytes => _begin.Length + 9 + _end.Length;

    public override void Load(NativeColumn column) =>
        _column = column is FixedColumn { } values && values.Width == ColumnType.Time.Width ? values : throw Unexpected(column);

    public override ref byte Write(int row, ref byte to)
    {
        var micros = BinaryPrimitives.ReadInt64LittleEndian(_column.Values[(row * sizeof(long))..]);
        var within = (ulong)(micros - _minute);
        if (within >= Minute)
        {
            within = (ulong)(InRange(micros) - SetMinute(InRange(micros)));
        }

        ref var at = ref Overcopy.Copy(ref _begin[0], _minuteAt + MinuteLength, ref to);
        var seconds = (uint)within / (uint)Second;
        var fraction = (uint)within - (seconds * (uint)Second);
        at = ref Digits.WriteTwo(seconds, ref at);
        at = (byte)'.';
        at = ref Digits.WriteTwo(fraction / 10_000, ref Unsafe.Add(ref at, 1));
        at = ref Digits.WriteFour(fraction % 10_000, ref at);
        return ref Overcopy.Copy(ref _end[0], _endLength, ref at);
    }

    /// <summary>The time with a date that there is, and its own fraction of a second.</summary>
    private static long InRange(long micros)
    {
        var second = Floor(micros, Second);
        return (Math.Clamp(second, FirstSecond, LastSecond) * Second) + (micros - (second * Second));
    }

    /// <summary>Keeps the text up to a time's minute, and returns when that begins.</summary>
    private long SetMinute(long micros)
    {
        var minute = Floor(micros, Minute);
        _minute = minute * Minute;
        var (days, minuteOfDay) = (Floor(minute, 24 * 60), (uint)(minute - (Floor(minute, 24 * 60) * 24 * 60)));
        var (year, month, day) = DateOf(days);
        ref var at = ref Digits.WriteFour(year, ref MemoryMarshal.GetReference(_begin.AsSpan(_minuteAt)));
        foreach (var (number, separator) in ((uint, char)[])[(month, '-'), (day, '-'), (minuteOfDay / 60, 'T'), (minuteOfDay % 60, ':')])
        {
            at = (byte)separator;
            at = ref Digits.WriteTwo(number, ref Unsafe.Add(ref at, 1));
        }

        at = (byte)':';
        return _minute;
    }

    /// <summary>The date of a day since 1970-01-01. The year 0, which .NET's dates do not have, has the calendar of the year 400.</summary>
    private static (uint Year, uint Month, uint Day) DateOf(long days)
    {
        const int DaysOf400Years = 146_097;
        var date = DateTime.UnixEpoch.AddDays(days + (days < 0 ? DaysOf400Years : 0));
        return ((uint)date.Year - (days < 0 ? 400u : 0), (uint)date.Month, (uint)date.Day);
    }

    private static long Floor(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}
