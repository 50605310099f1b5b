using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>Writes the values of one column, with what is before them in a row, and behind the last.</summary>
internal abstract class ColumnRenderer
{
    /// <summary>Most bytes of a value of the block, <see cref="Overcopy.Slack"/> included.</summary>
    public abstract int MostBytes { get; }

    /// <summary>Takes the column of the next block.</summary>
    public abstract void Load(NativeColumn column);

    /// <summary>Writes a row's value and returns the place behind it; <see cref="MostBytes"/> must be writable.</summary>
    public abstract ref byte Write(int row, ref byte to);

    /// <summary>What writes a column's values.</summary>
    /// <param name="type">The column's type.</param>
    /// <param name="lead">What is before a value.</param>
    /// <param name="tail">What is behind it.</param>
    /// <param name="escaping">How texts are quoted.</param>
    /// <param name="zone">What is behind times.</param>
    public static ColumnRenderer Of(ColumnType type, byte[] lead, byte[] tail, TextEscaping escaping, string zone) =>
        type.IsText ? new TextRenderer(lead, tail, escaping)
        : type == ColumnType.Port ? new PortRenderer(lead, tail, escaping)
        : type == ColumnType.Uuid ? new UuidRenderer(lead, tail)
        : type == ColumnType.Time ? new TimeRenderer(lead, tail, zone)
        : throw new ArgumentException($"no row shows a value of type {type.Sql}", nameof(type));

    /// <summary>The values of a column whose type a query has named.</summary>
    protected static ReadOnlySpan<byte> Values(NativeColumn column, int width) =>
        column is FixedColumn values && values.Width == width ? values.Values : throw Unexpected(column);

    /// <summary>The error of a column that is of another type than the table's.</summary>
    protected static InvalidOperationException Unexpected(NativeColumn column) => new($"a column is of type {column.Type}, which flows do not have there");
}
