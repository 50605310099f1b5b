using System.Globalization;

namespace KGuardian.ClickHouse.Native;

/// <summary>Values of one width, one behind the other: numbers (little-endian), times and fixed bytes.</summary>
internal sealed class FixedColumn(NativeInput input, int width) : NativeColumn
{
    private const string FixedString = "FixedString(";
    private int _at;
    private int _length;

    /// <summary>Bytes of a value.</summary>
    public int Width => width;

    /// <summary>The values of all rows.</summary>
    public ReadOnlySpan<byte> Values => input.Slice(_at, _length);

    /// <summary>The width of a type's values; null when they have none, or it is not known.</summary>
    internal static int? WidthOf(string type) => type switch
    {
        "Int8" or "UInt8" or "Bool" => 1,
        "Int16" or "UInt16" or "Date" => 2,
        "Int32" or "UInt32" or "Date32" or "DateTime" => 4,
        "Int64" or "UInt64" => 8,
        _ when type.StartsWith("DateTime64(", StringComparison.Ordinal) => 8,
        _ when type.StartsWith(FixedString, StringComparison.Ordinal) && type.EndsWith(')')
            && int.TryParse(type.AsSpan(FixedString.Length..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width > 0 => width,
        _ => null,
    };

    /// <inheritdoc/>
    internal override async ValueTask ReadAsync(int rows, CancellationToken cancellationToken)
    {
        _at = await input.TakeArrayAsync(rows, width, cancellationToken);
        _length = rows * width;
    }
}
