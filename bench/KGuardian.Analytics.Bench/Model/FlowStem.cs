using System.Globalization;

namespace KGuardian.Analytics.Bench.Model;

/// <summary>
/// What the flows of one pod to or from one peer have in common. Flow number n of a stem adds what differs, always in the same
/// width, so that it can be written over prepared bytes: see <see cref="Load.PreparedBatch"/>.
/// </summary>
/// <remarks>
/// TCP flows differ by the ephemeral port and, once those are used up, by the second octet of the peer (the pod that replaced it).
/// UDP flows differ by the peer's address: then a flow is new under kguardian's looser UDP rule exactly when it is under ours,
/// and one expected count holds for both brokers.
/// </remarks>
internal sealed record FlowStem(Pod Pod, bool Egress, string PeerHost, int PeerPort, bool Udp, bool Dropped)
{
    private const string Any = EventTemplate.Octet;

    private string PeerAddress => Udp ? $"{Any}.{Any}.{Any}.{PeerHost}" : $"10.{Any}.{PeerHost}";

    /// <summary>One event as agents send it, compact, in the field order of kguardian's controller.</summary>
    public string ToTemplate() => string.Create(CultureInfo.InvariantCulture, $$"""
        {"uuid":"{{EventTemplate.Uuid}}","pod_name":"{{Pod.Name}}","pod_namespace":"{{Pod.Namespace}}","pod_ip":"{{Pod.Ip}}",
        "pod_port":"{{(Egress ? EventTemplate.Port : Pod.ServicePort)}}","ip_protocol":"{{(Udp ? "UDP" : "TCP")}}",
        "traffic_type":"{{(Egress ? "EGRESS" : "INGRESS")}}","traffic_in_out_ip":"{{PeerAddress}}",
        "traffic_in_out_port":"{{(Egress ? PeerPort : EventTemplate.Port)}}","decision":"{{(Dropped ? "DROP" : "ALLOW")}}",
        "time_stamp":"{{EventTemplate.Time}}"}
        """).ReplaceLineEndings("");
}
