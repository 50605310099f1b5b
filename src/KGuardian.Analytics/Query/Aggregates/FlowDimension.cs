using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>What flows are counted by. Names are those of filters.</summary>
internal sealed class FlowDimension
{
    /// <summary>Ports from here on are what systems choose for the calling side (Linux: 32768 to 60999, IANA: 49152 to 65535).</summary>
    public const int FirstEphemeralPort = 32_768;

    /// <summary>Every dimension.</summary>
    public static readonly IReadOnlyList<FlowDimension> All =
    [
        new("pod", "pod_name"), new("namespace", "pod_namespace"), new("pod_ip", "pod_ip"), new("pod_port", "pod_port", isPort: true),
        new("peer_ip", "traffic_in_out_ip"), new("peer_port", "traffic_in_out_port", isPort: true), new("protocol", "ip_protocol"),
        new("direction", "traffic_type"), new("decision", "decision"),
    ];

    private readonly string _column;
    private readonly bool _isPort;

    private FlowDimension(string name, string column, bool isPort = false) => (Name, _column, _isPort) = (name, $"t.{column}", isPort);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The column of rows that it is.</summary>
    internal string ColumnName => _column[2..];

    /// <summary>The dimension called so; null when there is none.</summary>
    public static FlowDimension? Find(string name) => All.FirstOrDefault(dimension => dimension.Name == name);

    /// <summary>The dimensions called so.</summary>
    public static FlowDimension[] Of(params string[] names) => [.. names.Select(name => Find(name)!)];

    /// <summary>
    /// What is grouped by: the stored value; ephemeral ports, also with leading zeros, are one value when they collapse. The remainders of the
    /// negative codes, null and the empty text, would be ephemeral ports to ClickHouse.
    /// </summary>
    internal string Key(bool collapsePorts) =>
        _isPort && collapsePorts ? $"if({_column} >= 0 AND {_column} % 65536 >= {FirstEphemeralPort}, {FirstEphemeralPort}, {_column})" : _column;

    /// <summary>What is shown of the key in <paramref name="column"/>.</summary>
    internal string Text(string column, bool collapsePorts) => (_isPort, collapsePorts) switch
    {
        (true, true) => $"if({column} = {FirstEphemeralPort}, 'ephemeral', {TrafficColumns.PortText(column)})",
        (true, false) => TrafficColumns.PortText(column),
        _ => column,
    };
}
