using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Topology;

/// <summary>Edges as their definition says, one flow after the other, of a cluster without an inventory.</summary>
internal static class TopologyModel
{
    /// <summary>Flows of a few pods among each other and with the outside, of a day of June that is the seed's.</summary>
    public static FlowEvent[] Random(int seed)
    {
        var random = new Random(Fuzz.Seed(seed));
        return
        [
            .. Enumerable.Range(0, 300).Select(n =>
            {
                var pod = random.Next(8);
                return FlowEvent.Of($"p{pod}", n) with
                {
                    PodNamespace = $"s{seed}-{pod % 3}",
                    // The last two share an address: of it nobody can be told.
                    PodIp = Address(seed, Math.Min(pod, 6)),
                    PodPort = Port(random),
                    TrafficType = random.Next(12) == 0 ? "other" : random.Next(2) == 0 ? "INGRESS" : "egress",
                    TrafficInOutIp = random.Next(4) == 0 ? $"198.{seed}.{random.Next(2)}.{random.Next(3)}" : Address(seed, random.Next(7)),
                    TrafficInOutPort = Port(random),
                    IpProtocol = random.Next(5) switch { 0 => "UDP", 1 => "tcp", 2 => "6", 3 => "ICMP", _ => "TCP" },
                    Decision = random.Next(4) == 0 ? "DROP" : "ALLOW",
                    TimeStamp = string.Create(CultureInfo.InvariantCulture, $"2026-06-{seed:D2}T10:00:00.{n:D6}"),
                };
            }).DistinctBy(row => row.Tuple),
        ];
    }

    /// <summary>What the map has of them, a line an edge.</summary>
    public static IEnumerable<string> Edges(IReadOnlyList<FlowEvent> events)
    {
        var alone = events.GroupBy(row => row.PodIp).Where(group => group.DistinctBy(row => (row.PodNamespace, row.PodName)).Count() == 1)
            .ToDictionary(group => group.Key!, group => Pod(group.First()));
        return events.Select(row => (Row: row, IsClient: FlowRoles.IsPodClient(Number(row.PodPort), Number(row.TrafficInOutPort), row.TrafficType)))
            .Where(row => row.IsClient is not null)
            .Select(row => (
                row.Row, IsClient: row.IsClient!.Value, Pod: Pod(row.Row), Peer: alone.GetValueOrDefault(row.Row.TrafficInOutIp!) ?? Outside(row.Row)))
            .GroupBy(row => (
                Client: row.IsClient ? row.Pod : row.Peer, Server: row.IsClient ? row.Peer : row.Pod,
                Port: row.Row.IpProtocol == "ICMP" ? 0 : Number(row.IsClient ? row.Row.TrafficInOutPort : row.Row.PodPort) ?? 0,
                Protocol: row.Row.IpProtocol is "tcp" or "6" ? "TCP" : row.Row.IpProtocol))
            .Select(edge => string.Join(
                ' ', edge.Key.Client, edge.Key.Server, edge.Key.Port == 0 ? "" : $"{edge.Key.Port}", edge.Key.Protocol, edge.Count(),
                edge.Count(row => row.Row.Decision == "DROP"),
                edge.Select(row => row.IsClient ? (row.Row.PodIp, Number(row.Row.PodPort)) : (row.Row.TrafficInOutIp, Number(row.Row.TrafficInOutPort)))
                    .Distinct().Count(),
                edge.GroupBy(row => (row.IsClient, row.Row.TrafficType)).Max(group => group.Count()),
                string.Join('+', new[] { "client", "server" }.Where(end => edge.Any(row => row.IsClient == (end == "client"))))))
            .Order(StringComparer.Ordinal);
    }

    private static string Address(int seed, int pod) => $"10.7{seed}.0.{pod}";

    private static string Pod(FlowEvent row) => $"{row.PodNamespace}/Pod/{row.PodName}";

    private static string Outside(FlowEvent row) => $"/External/{row.TrafficInOutIp![..row.TrafficInOutIp!.LastIndexOf('.')]}.0/24";

    private static int? Number(string? port) => port is null or "" ? null : int.Parse(port, CultureInfo.InvariantCulture);

    private static string Port(Random random) => random.Next(6) switch { 0 => "0", 1 => "80", 2 => "443", _ => $"{32_768 + random.Next(3)}" };
}
