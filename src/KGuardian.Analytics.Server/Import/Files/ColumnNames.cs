using KGuardian.Analytics.Ingest.Arrow;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>
/// Cells of a row that comes by columns. Exports have ports as numbers, and beside them as they were posted (<c>pod_port_text</c>): those are the port's cell
/// then.
/// </summary>
internal static class ColumnNames
{
    /// <summary>Under which names each column's cells are in a row; none for a column that another stands for.</summary>
    public static string[][] Of(IReadOnlyList<string> columns) =>
    [
        .. columns.Select(column =>
            IsPort(column) && columns.Contains(column + ArrowColumns.AsPosted) ? []
            : column.EndsWith(ArrowColumns.AsPosted, StringComparison.Ordinal) && IsPort(column[..^ArrowColumns.AsPosted.Length])
                ? new[] { column, column[..^ArrowColumns.AsPosted.Length] } : [column]),
    ];

    private static bool IsPort(string column) => column is "pod_port" or "traffic_in_out_port";
}
