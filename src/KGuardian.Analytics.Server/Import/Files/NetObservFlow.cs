namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>
/// Flow logs of NetObserv (OpenShift's network observability), as its exporters and its console give them. <c>FlowDirection</c> is 0 for what comes in at a
/// node, 1 for what goes out, 2 for what stays inside and is seen once: that is the client's.
/// </summary>
internal static class NetObservFlow
{
    /// <summary>Makes a flow of a row.</summary>
    public static ShapedFlow Convert(SourceRow row)
    {
        // Of conversations all that is needed is said by their flow logs.
        if (row.Text("_RecordType") is { } type && type is not "flowLog")
        {
            return new() { IsIgnored = true };
        }

        var ingress = row.Text("FlowDirection") switch { "0" => true, "1" or "2" => false, _ => (bool?)null };
        if (ingress is not { } comesIn)
        {
            return new() { Fault = ("FlowDirection", "is none of 0, 1, 2") };
        }

        var (source, destination) = FlowShape.ServersPort(row.Number("SrcPort"), row.Number("DstPort"));
        var (pod, peer) = comesIn ? ("Dst", "Src") : ("Src", "Dst");
        var (podPort, peerPort) = comesIn ? (destination, source) : (source, destination);
        var dropped = row.Number("PktDropPackets");
        return new()
        {
            ["pod_name"] = row.Text($"{pod}K8S_Type") is null or "Pod" ? row.Text($"{pod}K8S_Name") : null,
            ["pod_namespace"] = row.Text($"{pod}K8S_Namespace"),
            ["pod_ip"] = row.Text($"{pod}Addr"),
            ["pod_port"] = $"{podPort ?? 0}",
            ["ip_protocol"] = row.Text("Proto") switch
            {
                "1" => "ICMP",
                "6" => "TCP",
                "17" => "UDP",
                "58" => "ICMPv6",
                "132" => "SCTP",
                null => null,
                var number => $"UNKNOWN({number})",
            },
            ["traffic_type"] = comesIn ? "INGRESS" : "EGRESS",
            ["traffic_in_out_ip"] = row.Text($"{peer}Addr"),
            ["traffic_in_out_port"] = $"{peerPort ?? 0}",
            // Something of it came through: it is not cut off.
            ["decision"] = dropped > 0 && dropped >= (row.Number("Packets") ?? 0) ? "DROP" : "ALLOW",
            ["time_stamp"] = row.Number("TimeFlowStartMs") is { } start ? FlowShape.Time(start) : null,
        };
    }
}
