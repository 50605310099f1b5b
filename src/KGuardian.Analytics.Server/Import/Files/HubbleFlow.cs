namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>
/// Flows of Cilium's Hubble, as <c>hubble observe -o jsonpb</c> (and <c>-o json</c>) prints them: what a client or a server sees of a connection. Replies
/// are about the same connection and are ignored, as are other events.
/// </summary>
internal static class HubbleFlow
{
    private static readonly string[] Protocols = ["TCP", "UDP", "SCTP", "ICMPv4", "ICMPv6"];

    /// <summary>Makes a flow of a row.</summary>
    public static ShapedFlow Convert(SourceRow row)
    {
        var at = row.Has("flow") ? "flow." : "";
        if (!row.Has($"{at}IP") || row.Text($"{at}is_reply") == "true")
        {
            return new() { IsIgnored = true };
        }

        var (decision, direction) = (row.Text($"{at}verdict") switch
        {
            "FORWARDED" or "REDIRECTED" or "TRACED" or "TRANSLATED" or "AUDIT" => "ALLOW",
            "DROPPED" => "DROP",
            _ => null,
        }, row.Text($"{at}traffic_direction"));
        if (decision is null || direction is not ("INGRESS" or "EGRESS"))
        {
            return new() { Fault = decision is null ? ("verdict", "is none that is known") : ("traffic_direction", "is neither INGRESS nor EGRESS") };
        }

        var protocol = Protocols.FirstOrDefault(name => row.Has($"{at}l4.{name}"));
        var (pod, peer) = direction == "INGRESS" ? ("destination", "source") : ("source", "destination");
        var port = row.Text($"{at}l4.{protocol}.destination_port") ?? "0";
        return new()
        {
            ["uuid"] = Guid.TryParse(row.Text($"{at}uuid"), out var uuid) ? uuid.ToString("D") : null,
            ["pod_name"] = row.Text($"{at}{pod}.pod_name"),
            ["pod_namespace"] = row.Text($"{at}{pod}.namespace"),
            ["pod_ip"] = row.Text($"{at}IP.{pod}"),
            ["pod_port"] = direction == "INGRESS" ? port : "0",
            ["ip_protocol"] = protocol == "ICMPv4" ? "ICMP" : protocol,
            ["traffic_type"] = direction,
            ["traffic_in_out_ip"] = row.Text($"{at}IP.{peer}"),
            ["traffic_in_out_port"] = direction == "INGRESS" ? "0" : port,
            ["decision"] = decision,
            ["time_stamp"] = row.Text($"{at}time"),
        };
    }
}
