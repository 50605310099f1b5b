namespace KGuardian.Analytics.Query;

/// <summary>
/// A column of the broker's row shape. Aliases that equal a column's name would capture ORDER BY and defeat the projection: queries name the
/// table's columns, as <c>t.time_stamp</c>.
/// </summary>
public sealed class FlowColumn
{
    /// <summary>Every column, in the order of rows.</summary>
    public static readonly IReadOnlyList<FlowColumn> All =
    [
        new("uuid", "UUIDNumToString(t.uuid)"),
        new("pod_name"),
        new("pod_namespace"),
        new("pod_ip"),
        new("pod_port", TrafficColumns.PortText("t.pod_port")),
        new("ip_protocol"),
        new("traffic_type"),
        new("traffic_in_out_ip"),
        new("traffic_in_out_port", TrafficColumns.PortText("t.traffic_in_out_port")),
        new("decision"),
        new("time_stamp", "formatDateTime(t.time_stamp, '%Y-%m-%dT%H:%i:%S.%f')"),
    ];

    private FlowColumn(string name, string? sql = null) => (Name, Sql) = (name, sql ?? $"t.{name}");

    /// <summary>Its name in rows.</summary>
    public string Name { get; }

    /// <summary>Its value as it was posted, of <c>traffic AS t</c>.</summary>
    internal string Sql { get; }

    /// <summary>The column called so; null when there is none.</summary>
    public static FlowColumn? Find(string name) => All.FirstOrDefault(column => column.Name == name);

    /// <summary>The select list of <paramref name="columns"/>.</summary>
    internal static string Select(IEnumerable<FlowColumn> columns) => string.Join(", ", columns.Select(column => $"{column.Sql} AS {column.Name}"));
}
