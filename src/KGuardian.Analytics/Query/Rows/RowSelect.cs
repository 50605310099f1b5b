using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Query.Rows;

/// <summary>
/// How the columns of <c>traffic AS t</c> are selected for rows that ClickHouse writes; <see cref="RowOutput"/> has those that are rendered here.
/// Aliases that equal a column's name would capture ORDER BY and defeat the projection: queries name the table's columns, as <c>t.time_stamp</c>.
/// </summary>
internal static class RowSelect
{
    /// <summary>The select list of <paramref name="columns"/> in a format: times are in UTC and say so; Arrow and Parquet have times and numbers.</summary>
    public static string Columns(IEnumerable<FlowColumn> columns, RowFormat format) =>
        string.Join(", ", columns.Select(column => format is RowFormat.Arrow or RowFormat.Parquet ? Typed(column) : Text(column)));

    /// <summary>The select list of the broker's rows: times are in UTC, without a zone.</summary>
    public static string Posted() => string.Join(", ", FlowTable.Shown.Select(column =>
        column.Type == ColumnType.Time ? $"formatDateTime(t.{column}, '%Y-%m-%dT%H:%i:%S.%f') AS {column}" : Text(column)));

    private static string Text(FlowColumn column) => $"{TextOf(column)} AS {column}";

    private static string TextOf(FlowColumn column) =>
        column.Expression is { } expression ? expression
        : column.Type == ColumnType.Uuid ? $"UUIDNumToString(t.{column})"
        : column.Type == ColumnType.Port ? TrafficColumns.PortText($"t.{column}")
        : column.Type == ColumnType.Time ? $"formatDateTime(t.{column}, '%Y-%m-%dT%H:%i:%S.%fZ')"
        : $"t.{column}";

    // A port's number is nothing where its text was null or empty, and says nothing of leading zeros: the text is beside it, as in the view flows.
    private static string Typed(FlowColumn column) =>
        column.Type == ColumnType.Time ? $"t.{column} AS {column}"
        : column.Type == ColumnType.Port ? $"toUInt16({TrafficColumns.PortNumber($"t.{column}")}) AS {column}, {TextOf(column)} AS {column}_text"
        : Text(column);
}
