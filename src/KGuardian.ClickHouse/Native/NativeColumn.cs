using KGuardian.ClickHouse.Client;

namespace KGuardian.ClickHouse.Native;

/// <summary>A column of the block that a <see cref="NativeReader"/> read last.</summary>
internal abstract class NativeColumn
{
    /// <summary>Its type, as ClickHouse spells it.</summary>
    public required string Type { get; init; }

    /// <summary>Reads its values.</summary>
    /// <exception cref="ClickHouseException">They are damaged, or do not come.</exception>
    internal abstract ValueTask ReadAsync(int rows, CancellationToken cancellationToken);

    /// <summary>A column of a type; null for types that are not read.</summary>
    internal static NativeColumn? Create(string type, NativeInput input) =>
        FixedColumn.WidthOf(type) is { } width ? new FixedColumn(input, width) { Type = type } : TextColumn.OfType(type, input);
}
