using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Query.Rows;

/// <summary>
/// A column of the broker's row shape. Aliases that equal a column's name would capture ORDER BY and defeat the projection: queries name the
/// table's columns, as <c>t.time_stamp</c>.
/// </summary>
internal sealed class FlowColumn
{
    /// <summary>Every column, in the order of rows.</summary>
    public static readonly IReadOnlyList<FlowColumn> All =
    [
        new("uuid", "UUIDNumToString(t.uuid)"),
        new("pod_name"),
        new("pod_namespace"),
        new("pod_ip"),
        Port("pod_port"),
        new("ip_protocol"),
        new("traffic_type"),
        new("traffic_in_out_ip"),
        Port("traffic_in_out_port"),
        new("decision"),
        new("time_stamp", "formatDateTime(t.time_stamp, '%Y-%m-%dT%H:%i:%S.%fZ')")
        {
            Posted = "formatDateTime(t.time_stamp, '%Y-%m-%dT%H:%i:%S.%f') AS time_stamp", Typed = "t.time_stamp AS time_stamp",
        },
    ];

    private FlowColumn(string name, string? text = null)
    {
        Name = name;
        Text = $"{text ?? $"t.{name}"} AS {name}";
        Posted = Typed = Text;
    }

    /// <summary>Its name in rows.</summary>
    public string Name { get; }

    // All of traffic AS t, with names: in formats of text, in the broker's rows, and in formats that have types.
    private string Text { get; }

    private string Posted { get; init; }

    private string Typed { get; init; }

    /// <summary>The column called so; null when there is none.</summary>
    public static FlowColumn? Find(string name) => All.FirstOrDefault(column => column.Name == name);

    /// <summary>The select list of <paramref name="columns"/> in a format: times are in UTC and say so; Arrow and Parquet have times and numbers.</summary>
    internal static string Select(IEnumerable<FlowColumn> columns, RowFormat format) =>
        string.Join(", ", columns.Select(column => format is RowFormat.Arrow or RowFormat.Parquet ? column.Typed : column.Text));

    /// <summary>The select list of the broker's rows: times are in UTC, without a zone.</summary>
    internal static string SelectPosted() => string.Join(", ", All.Select(column => column.Posted));

    // The number is nothing where its text was null or empty, and says nothing of leading zeros: the text is beside it, as in the view flows.
    private static FlowColumn Port(string name)
    {
        var (column, text) = ($"t.{name}", TrafficColumns.PortText($"t.{name}"));
        return new(name, text) { Typed = $"toUInt16({TrafficColumns.PortNumber(column)}) AS {name}, {text} AS {name}_text" };
    }
}
