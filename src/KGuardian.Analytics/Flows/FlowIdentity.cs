using System.Globalization;

namespace KGuardian.Analytics.Flows;

/// <summary>The seven columns by which flows are told apart. Texts are the hex digits of their bytes, whatever those are; null where there is none.</summary>
/// <param name="PodIp">pod_ip.</param>
/// <param name="PodPort">pod_port as stored; see <see cref="TrafficColumns.PortText"/>.</param>
/// <param name="TrafficType">traffic_type.</param>
/// <param name="TrafficInOutIp">traffic_in_out_ip.</param>
/// <param name="TrafficInOutPort">traffic_in_out_port as stored.</param>
/// <param name="IpProtocol">ip_protocol.</param>
/// <param name="Decision">decision.</param>
internal sealed record FlowIdentity(
    string? PodIp, int PodPort, string? TrafficType, string? TrafficInOutIp, int TrafficInOutPort, string? IpProtocol, string? Decision)
{
    /// <summary>The values in the order of <see cref="FlowTable.Key"/>, as parameters of a query.</summary>
    internal string?[] Values =>
    [
        PodIp, PodPort.ToString(CultureInfo.InvariantCulture), TrafficType,
        TrafficInOutIp, TrafficInOutPort.ToString(CultureInfo.InvariantCulture), IpProtocol, Decision,
    ];
}
