namespace KGuardian.Analytics.Flows;

/// <summary>
/// The columns of the table <c>traffic</c>: the one list from which blocks and journal, SQL, filters, counts, rows, exports and the OpenAPI document take
/// theirs. A new column is an entry here and a migration; schema/README.md has the steps, and <c>FlowTableTests</c> compares this list with the table.
/// </summary>
internal static class FlowTable
{
    public static readonly FlowColumn Uuid = new("uuid", ColumnType.Uuid)
    {
        Text = "The agent's id of the event that was new.",
        Field = "uuid",
        Kind = ValueKind.Uuid,
    };

    public static readonly FlowColumn PodName = new("pod_name", ColumnType.Text)
    {
        Text = "The pod that reported.",
        Field = "pod",
        IsDimension = true,
        IsSearched = true,
    };

    public static readonly FlowColumn PodNamespace = new("pod_namespace", ColumnType.Text)
    {
        Text = "Its namespace.",
        Field = "namespace",
        IsDimension = true,
        IsSearched = true,
        SkipIndex = "pod_namespace_index",
    };

    public static readonly FlowColumn PodIp = new("pod_ip", ColumnType.Text)
    {
        Text = "Its address.",
        Field = "pod_ip",
        Kind = ValueKind.Address,
        IsDimension = true,
        IsSearched = true,
    };

    public static readonly FlowColumn PodPort = new("pod_port", ColumnType.Port)
    {
        Text = "Its port.",
        Field = "pod_port",
        Kind = ValueKind.Port,
        IsDimension = true,
    };

    public static readonly FlowColumn IpProtocol = new("ip_protocol", ColumnType.Text)
    {
        Text = "The IP protocol, by name or number.",
        Field = "protocol",
        Kind = ValueKind.Protocol,
        IsDimension = true,
    };

    public static readonly FlowColumn TrafficType = new("traffic_type", ColumnType.Text)
    {
        Text = "INGRESS or EGRESS, seen from the pod.",
        Field = "direction",
        Kind = ValueKind.Word,
        Words = ["INGRESS", "EGRESS"],
        IsDimension = true,
    };

    public static readonly FlowColumn TrafficInOutIp = new("traffic_in_out_ip", ColumnType.Text)
    {
        Text = "The other side's address.",
        Field = "peer_ip",
        Kind = ValueKind.Address,
        IsDimension = true,
        IsSearched = true,
        SkipIndex = "peer_address_index",
    };

    public static readonly FlowColumn TrafficInOutPort = new("traffic_in_out_port", ColumnType.Port)
    {
        Text = "The other side's port.",
        Field = "peer_port",
        Kind = ValueKind.Port,
        IsDimension = true,
    };

    public static readonly FlowColumn Decision = new("decision", ColumnType.Text)
    {
        Text = "ALLOW, DROP, or what else the agent says.",
        Field = "decision",
        Kind = ValueKind.Word,
        IsDimension = true,
    };

    public static readonly FlowColumn TimeStamp = new("time_stamp", ColumnType.Time)
    {
        Text = "When it was first seen, by the agent's clock, UTC.",
        Field = "time",
        Aliases = ["first_seen"],
        Kind = ValueKind.Time,
    };

    /// <summary>The partition: the day of arrival by this server's clock.</summary>
    public static readonly FlowColumn ArrivalDay = new("arrival_day", ColumnType.Day);

    /// <summary>Which of several rows of a flow counts: 4294967295 minus the seconds of its arrival.</summary>
    public static readonly FlowColumn Version = new("version", ColumnType.Small);

    /// <summary>The place in the order of arrival, given when the block is loaded.</summary>
    public static readonly FlowColumn Sequence = new("sequence", ColumnType.Large);

    /// <summary>Every column, in the order of the table, which is that of rows.</summary>
    public static readonly IReadOnlyList<FlowColumn> Columns =
    [
        Uuid, PodName, PodNamespace, PodIp, PodPort, IpProtocol, TrafficType, TrafficInOutIp, TrafficInOutPort, Decision,
        TimeStamp, ArrivalDay, Version, Sequence,
    ];

    /// <summary>What makes a flow the same flow, in the order of the table's key. Another list would make every stored flow new.</summary>
    public static readonly IReadOnlyList<FlowColumn> Key = [PodIp, PodPort, TrafficType, TrafficInOutIp, TrafficInOutPort, IpProtocol, Decision];

    /// <summary>What blocks and the journal hold: all that is known of a flow before it is loaded.</summary>
    public static readonly IReadOnlyList<FlowColumn> Stored = [.. Columns.Where(column => column != Sequence)];

    /// <summary>What rows show, in their order.</summary>
    public static readonly IReadOnlyList<FlowColumn> Shown = [.. Columns.Where(column => column.IsShown)];

    /// <summary>What a row shows that stands for several flows: what they can be counted by.</summary>
    public static readonly IReadOnlyList<FlowColumn> OfSeveral = [.. Shown.Where(column => column.IsDimension)];

    /// <summary>The column of rows that is called so; null when there is none.</summary>
    public static FlowColumn? FindShown(string name) => Shown.FirstOrDefault(column => column.Name == name);

    /// <summary>Names with commas between, as a list of SQL.</summary>
    public static string Names(IEnumerable<FlowColumn> columns) => string.Join(", ", columns.Select(column => column.Name));
}
