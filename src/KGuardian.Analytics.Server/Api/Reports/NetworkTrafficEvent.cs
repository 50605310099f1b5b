using KGuardian.Analytics.Query.Reports;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary>
/// Writes a flow in the documented shape. What agents do not see is shown as unknown, not made up: bytes, packets and ICMP's type and code are
/// null; users, policies, places and systems are there with empty texts, and so are DNS labels but those of services. The end of a connection is not seen
/// either: a flow has one event, TYPE_DROP if it was dropped, else TYPE_START, when it was first seen. Added to the shape are observations and last_seen,
/// which tell of repeats, and the uuid that the agent chose: flow_id is of the flow's identity, and no two flows have the same.
/// </summary>
internal static class NetworkTrafficEvent
{
    private const string Pod = "POD";
    private const string External = "EXTERNAL";

    private const int Icmp = 1;
    private const int IcmpV6 = 58;

    public static Dictionary<string, object?> Of(TrafficEvent row)
    {
        var pod = End(row.PodId, Pod, row.PodName ?? "", row.PodIp, row.PodPort);
        var peer = row.PeerEnd is { } end ? End(end.Split('/', 3), row)
            : row.Peer is { } known
            ? End(known.Id, Pod, known.Name, row.PeerIp, row.PeerPort)
            : End(row.PeerIp ?? "", External, "", row.PeerIp, row.PeerPort);
        var isIngress = row.Direction == "INGRESS";
        var shown = new Dictionary<string, object?>
        {
            ["flow_id"] = row.FlowUuid,
            ["reporter_id"] = row.PodId,
            ["source"] = isIngress ? peer : pod,
            ["destination"] = isIngress ? pod : peer,
            ["user"] = new { id = "", email = "", name = "" },
            ["policy"] = new { id = "", name = "" },
        };
        if (row.Protocol is Icmp or IcmpV6)
        {
            shown["icmp"] = new { type = (int?)null, code = (int?)null };
        }

        shown["protocol"] = row.Protocol;
        shown["direction"] = row.Direction is "INGRESS" or "EGRESS" ? row.Direction : NetworkTrafficApi.UnknownDirection;
        foreach (var unknown in new[] { "rx_bytes", "rx_packets", "tx_bytes", "tx_packets" })
        {
            shown[unknown] = null;
        }

        shown["events"] = new[] { new { type = row.Decision == "DROP" ? NetworkTrafficApi.Drop : NetworkTrafficApi.Start, timestamp = row.StartTime } };
        shown["observations"] = row.Observations;
        shown["last_seen"] = row.EndTime;
        shown["uuid"] = row.Uuid;
        return shown;
    }

    /// <summary>What the inventory knows of the other side: type, namespace, name.</summary>
    private static object End(string[] known, TrafficEvent row) => End(
        known[1].Length == 0 ? known[2] : $"{known[1]}/{known[2]}", known[0], known[2], row.PeerIp, row.PeerPort,
        known[0] == "SERVICE" ? $"{known[2]}.{known[1]}.svc" : "");

    private static object End(string id, string type, string name, string? address, int? port, string dnsLabel = "") => new
    {
        id,
        type,
        name,
        geo_location = new { city_name = "", country_code = "" },
        os = "",
        address = Address(address, port),
        dns_label = dnsLabel,
    };

    private static string Address(string? address, int? port)
    {
        if (string.IsNullOrEmpty(address) || port is null)
        {
            return address ?? "";
        }

        return address.Contains(':', StringComparison.Ordinal) ? $"[{address}]:{port}" : $"{address}:{port}";
    }
}
