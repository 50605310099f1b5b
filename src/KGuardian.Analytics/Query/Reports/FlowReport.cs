using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>A flow as flow reports show it. The pod is the subscriber; EGRESS is uplink, INGRESS downlink.</summary>
internal sealed record FlowReport : FlowRow
{
    /// <summary>64 bits less the 53 of a double.</summary>
    private const int DroppedBits = 64 - 53;

    /// <summary>The leading 53 bits of the flow's id, which is of its identity: what a JSON number keeps everywhere.</summary>
    public ulong Id => FlowId >> DroppedBits;

    /// <summary>The pod; see <see cref="PodId"/>.</summary>
    public required string SubscriberId { get; init; }

    /// <summary>The peer's address of INGRESS, else the pod's.</summary>
    public string? SourceIp { get; init; }

    /// <summary>The pod's address of INGRESS, else the peer's.</summary>
    public string? DestinationIp { get; init; }

    /// <summary>The source's port; null when none was reported.</summary>
    public int? SourcePort { get; init; }

    /// <summary>The destination's port; null when none was reported.</summary>
    public int? DestinationPort { get; init; }

    /// <summary>The protocol's number; null when the text reported is none that is known.</summary>
    public int? Protocol { get; init; }

    /// <summary>uplink, downlink, or null for other traffic types.</summary>
    public string? Direction { get; init; }

    /// <summary>The decision in small letters: allow, drop, or what else was reported.</summary>
    public string? Action { get; init; }

    /// <summary>What is before the times of a row, in the order of rows.</summary>
    internal static string Columns { get; } = $"""
        {PodId.Sql} AS subscriber_id,
            if({FlowEndpoint.PeerIsSourceSql}, t.traffic_in_out_ip, t.pod_ip) AS source_ip,
            if({FlowEndpoint.PeerIsSourceSql}, t.pod_ip, t.traffic_in_out_ip) AS destination_ip,
            if({FlowEndpoint.PeerIsSourceSql}, {TrafficColumns.PortNumber("t.traffic_in_out_port")}, {TrafficColumns.PortNumber("t.pod_port")}) AS source_port,
            if({FlowEndpoint.PeerIsSourceSql}, {TrafficColumns.PortNumber("t.pod_port")}, {TrafficColumns.PortNumber("t.traffic_in_out_port")}) AS destination_port,
            {IpProtocols.NumberSql("t.ip_protocol")} AS protocol
        """;

    /// <summary>SQL of <see cref="Id"/>, of the flow id in a column.</summary>
    internal static string IdSql(string flowId) => $"bitShiftRight({flowId}, {DroppedBits})";

    /// <summary>What is behind the times.</summary>
    internal const string LastColumns =
        "multiIf(upper(t.traffic_type) = 'EGRESS', 'uplink', upper(t.traffic_type) = 'INGRESS', 'downlink', NULL) AS direction, lower(t.decision) AS action";
}
