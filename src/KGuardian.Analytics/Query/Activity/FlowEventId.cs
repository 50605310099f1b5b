using System.Globalization;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>A flow's id as an event: 32 hexadecimal digits, so that ids sort as time does.</summary>
/// <param name="Nanoseconds">When it was first seen, as <see cref="NanosecondTime"/> has it.</param>
/// <param name="FlowId">The id by which traffic_activity knows it.</param>
internal readonly record struct FlowEventId(long Nanoseconds, ulong FlowId)
{
    private const int Digits = 16;

    /// <summary>The id's text, from a row of traffic.</summary>
    /// <param name="time">The column of its time.</param>
    /// <param name="flowId">Its flow's id.</param>
    public static string Sql(string time, string flowId)
    {
        var micros = $"toUnixTimestamp64Micro({time})";
        var nanoseconds = $"toUInt64(multiIf({micros} < 0, 0, {micros} > 9223372036854775, 9223372036854775807, {micros} * 1000))";
        return $"lower(concat(leftPad(hex({nanoseconds}), {Digits}, '0'), leftPad(hex({flowId}), {Digits}, '0')))";
    }

    /// <summary>Reads an id, in small or capital letters.</summary>
    public static bool TryParse(string text, out FlowEventId id)
    {
        id = default;
        if (text.Length != 2 * Digits || text.Any(c => !char.IsAsciiHexDigit(c))
            || !long.TryParse(text.AsSpan(0, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var nanoseconds) || nanoseconds < 0)
        {
            return false;
        }

        id = new FlowEventId(nanoseconds, ulong.Parse(text.AsSpan(Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return true;
    }

    /// <summary>When flows of this id were first seen.</summary>
    public TimeWindow Window => NanosecondTime.Between(Nanoseconds, Nanoseconds);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Nanoseconds:x16}{FlowId:x16}");
}
