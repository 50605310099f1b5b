using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Verdicts;

/// <summary>A flow that was new, as an evaluator sees it: from a source to a destination. What the event did not say is null.</summary>
/// <param name="SourceNamespace">Namespace of the source, when that is the pod that the event is of.</param>
/// <param name="SourcePod">Its name.</param>
/// <param name="DestinationNamespace">Namespace of the destination, when that is the pod that the event is of.</param>
/// <param name="DestinationPod">Its name.</param>
/// <param name="SourceIp">Address of the source.</param>
/// <param name="DestinationIp">Address of the destination.</param>
/// <param name="DestinationPort">Port of the destination, 0 to 65535.</param>
/// <param name="Protocol">Such as TCP.</param>
/// <param name="TimeMicros">When it was seen, in microseconds since 1970.</param>
internal sealed record NewFlow(
    string? SourceNamespace, string? SourcePod, string? DestinationNamespace, string? DestinationPod, string? SourceIp, string? DestinationIp,
    int? DestinationPort, string? Protocol, long TimeMicros)
{
    /// <summary>Codes of ports repeat after so many: see <see cref="PortCode"/>.</summary>
    private const int Ports = 65_536;

    /// <summary>
    /// Reads a row of a batch: its pod is the destination of INGRESS and the source of EGRESS. Null when it says neither: then nobody knows who asked whom.
    /// </summary>
    public static NewFlow? Read(EventBatch batch, int row)
    {
        var type = batch.TextOf(EventField.TrafficType, row);
        var (podNamespace, pod) = (Text(batch, EventField.PodNamespace, row), Text(batch, EventField.PodName, row));
        var (ip, peer) = (Text(batch, EventField.PodIp, row), Text(batch, EventField.TrafficInOutIp, row));
        var (protocol, time) = (Text(batch, EventField.IpProtocol, row), batch.TimeMicros[row]);
        return Ascii.EqualsIgnoreCase(type, "INGRESS"u8)
            ? new NewFlow(null, null, podNamespace, pod, peer, ip, Port(batch.PodPorts[row]), protocol, time)
            : Ascii.EqualsIgnoreCase(type, "EGRESS"u8)
            ? new NewFlow(podNamespace, pod, null, null, ip, peer, Port(batch.TrafficInOutPorts[row]), protocol, time)
            : null;
    }

    private static string? Text(EventBatch batch, EventField field, int row) =>
        batch.TextOf(field, row) is { IsEmpty: false } text ? Encoding.UTF8.GetString(text) : null;

    private static int? Port(int code) => code < 0 ? null : code % Ports;
}
