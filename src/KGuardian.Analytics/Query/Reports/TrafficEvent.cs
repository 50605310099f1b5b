using System.Buffers.Binary;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>A flow as network traffic events show it: as the pod reported it, and who the peer is.</summary>
internal sealed record TrafficEvent : FlowRow
{
    /// <summary>The pod that reported; see <see cref="PodId"/>.</summary>
    public required string PodId { get; init; }

    /// <summary>Its name.</summary>
    public string? PodName { get; init; }

    /// <summary>Its address.</summary>
    public string? PodIp { get; init; }

    /// <summary>Its port; null when none was reported.</summary>
    public int? PodPort { get; init; }

    /// <summary>The other side's address.</summary>
    public string? PeerIp { get; init; }

    /// <summary>The other side's port; null when none was reported.</summary>
    public int? PeerPort { get; init; }

    /// <summary>
    /// What the inventory knows the peer to have been then: type, namespace and name, with slashes between; null when it does not.
    /// </summary>
    public string? PeerEnd { get; init; }

    /// <summary>
    /// The pod that the peer is where the inventory does not know it; null when it is none that reported, or its address is that of several.
    /// </summary>
    public KnownPod? Peer { get; init; }

    /// <summary>The protocol's number; null when the text reported is none that is known.</summary>
    public int? Protocol { get; init; }

    /// <summary>INGRESS, EGRESS, or what else was reported, in capitals.</summary>
    public string? Direction { get; init; }

    /// <summary>ALLOW, DROP, or what else was reported, in capitals.</summary>
    public string? Decision { get; init; }

    /// <summary>
    /// The flow's id as a uuid (RFC 9562, version 8): of the flow's identity, as agents may give many flows one uuid. The id's 64 bits fill the first
    /// half but for the version, and go on behind the variant.
    /// </summary>
    public Guid FlowUuid
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, (FlowId & ~0xFFFFUL) | 0x8000 | ((FlowId >> 4) & 0xFFF));
            // Variant 10, then the four bits that had no place.
            bytes[8] = (byte)(0x80 | ((FlowId & 0xF) << 2));
            return new Guid(bytes, bigEndian: true);
        }
    }

    /// <summary>Select list, of <c>traffic AS t</c>.</summary>
    internal static string Columns { get; } = $"""
        {Reports.PodId.Sql} AS pod_id, t.pod_name AS pod_name, t.pod_ip AS pod_ip, {TrafficColumns.PortNumber("t.pod_port")} AS pod_port,
            t.traffic_in_out_ip AS peer_ip, {TrafficColumns.PortNumber("t.traffic_in_out_port")} AS peer_port,
            {IpProtocols.NumberSql("t.ip_protocol")} AS protocol, upper(t.traffic_type) AS direction, upper(t.decision) AS decision,
            {FlowName.PeerEnd.Expression} AS peer_end
        """;
}

/// <summary>The one pod that reported from an address.</summary>
/// <param name="Address">The address, as it was reported.</param>
/// <param name="Id">The pod; see <see cref="PodId"/>.</param>
/// <param name="Name">Its name.</param>
internal sealed record KnownPod(string Address, string Id, string Name);
