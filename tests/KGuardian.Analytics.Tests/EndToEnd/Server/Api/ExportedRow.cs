using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>A row of an export that has types.</summary>
/// <param name="Flow">The row as formats of text show it: ports are the columns of their texts, the time says Z.</param>
/// <param name="PodPort">The column <c>pod_port</c>.</param>
/// <param name="PeerPort">The column <c>traffic_in_out_port</c>.</param>
internal sealed record ExportedRow(FlowEvent Flow, long? PodPort, long? PeerPort)
{
    /// <summary>What a line of NDJSON is to be in an export.</summary>
    public static ExportedRow OfText(string json)
    {
        var flow = JsonSerializer.Deserialize<FlowEvent>(json)!;
        return new ExportedRow(flow, Number(flow.PodPort), Number(flow.TrafficInOutPort));

        static long? Number(string? text) => string.IsNullOrEmpty(text) ? null : long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>What a reader has read.</summary>
    /// <param name="value">The value of a column: a text, a number, or the microseconds since 1970 of a time.</param>
    public static ExportedRow OfTyped(Func<string, object?> value)
    {
        return new ExportedRow(
            new FlowEvent
            {
                Uuid = Text("uuid"),
                PodName = Text("pod_name"),
                PodNamespace = Text("pod_namespace"),
                PodIp = Text("pod_ip"),
                PodPort = Text("pod_port_text"),
                IpProtocol = Text("ip_protocol"),
                TrafficType = Text("traffic_type"),
                TrafficInOutIp = Text("traffic_in_out_ip"),
                TrafficInOutPort = Text("traffic_in_out_port_text"),
                Decision = Text("decision"),
                TimeStamp = DateTime.UnixEpoch.AddMicroseconds(Number("time_stamp")!.Value)
                    .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffK", CultureInfo.InvariantCulture),
            },
            Number("pod_port"), Number("traffic_in_out_port"));

        string? Text(string name) => (string?)value(name);

        long? Number(string name) => value(name) is { } number and not string ? Convert.ToInt64(number, CultureInfo.InvariantCulture) : null;
    }
}
