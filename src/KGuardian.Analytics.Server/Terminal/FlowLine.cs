using System.Text.Json;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>A flow on one line: when, which pod, which way, whom with, and what became of it.</summary>
internal static class FlowLine
{
    private const string Red = "\u001b[31m";
    private const string Dim = "\u001b[2m";
    private const string Plain = "\u001b[0m";

    /// <summary>The line of a row.</summary>
    /// <param name="row">Of the flows' route or of its tail; members that were not asked for are left out.</param>
    /// <param name="hasColours">Whether what was dropped is red.</param>
    public static string Of(JsonElement row, bool hasColours)
    {
        var isIn = Text(row, "traffic_type") == "INGRESS";
        var decision = Text(row, "decision");
        var line = $"{Text(row, "pod_namespace")}/{Text(row, "pod_name")} {Address(row, "pod_ip", "pod_port")} {(isIn ? "<-" : "->")} "
            + $"{Address(row, "traffic_in_out_ip", "traffic_in_out_port")} {Text(row, "ip_protocol")} {decision}";
        var time = Text(row, "time_stamp");
        return hasColours ? $"{Dim}{time}{Plain} {(decision is "ALLOW" ? line : $"{Red}{line}{Plain}")}" : $"{time} {line}";
    }

    private static string Address(JsonElement row, string address, string port)
    {
        var (host, number) = (Text(row, address), Text(row, port));
        return number is "" or "0" or "-" ? host : host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{number}" : $"{host}:{number}";
    }

    private static string Text(JsonElement row, string name) => !row.TryGetProperty(name, out var value) ? ""
        : value.ValueKind == JsonValueKind.Null ? "-" : SafeText.Of(value.ToString());
}
