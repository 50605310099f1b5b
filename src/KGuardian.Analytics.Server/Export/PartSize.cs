using System.Globalization;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>
/// How much a part of an export holds: a day or an hour of UTC, so many rows, or so many bytes; the last two as nearly as whole seconds allow.
/// </summary>
/// <param name="Text">As it was asked for.</param>
/// <param name="Span">Its length of time; null where it is of rows or bytes.</param>
/// <param name="Rows">Its rows; null for not.</param>
/// <param name="Bytes">Its bytes; null for not.</param>
internal sealed record PartSize(string Text, TimeSpan? Span, long? Rows, long? Bytes)
{
    private static readonly (string Unit, long Bytes)[] Units = [("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];

    /// <summary>Reads <c>day</c>, <c>hour</c>, <c>500000</c> or <c>256MB</c>.</summary>
    /// <exception cref="UsageException">It is none of them.</exception>
    public static PartSize Of(string text)
    {
        switch (text)
        {
            case "day":
                return new(text, TimeSpan.FromDays(1), null, null);
            case "hour":
                return new(text, TimeSpan.FromHours(1), null, null);
        }

        var unit = Units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        var digits = unit.Unit is null ? text : text[..^unit.Unit.Length];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 1_000_000_000)
        {
            throw new UsageException($"--part '{text}' must be day, hour, a number of rows such as 500000, or a size such as 256MB");
        }

        return unit.Unit is null ? new(text, null, number, null) : new(text, null, null, number * unit.Bytes);
    }
}
