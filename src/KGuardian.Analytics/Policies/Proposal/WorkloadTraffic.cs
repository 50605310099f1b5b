using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>What was seen of a workload: by direction, peer, protocol and port.</summary>
internal sealed class WorkloadTraffic
{
    /// <summary>What came in.</summary>
    public Dictionary<SeenPeer, Dictionary<(int Protocol, int? Port), EdgeTally>> Ingress { get; } = [];

    /// <summary>What went out.</summary>
    public Dictionary<SeenPeer, Dictionary<(int Protocol, int? Port), EdgeTally>> Egress { get; } = [];

    /// <summary>Counts an edge.</summary>
    public static void Add(
        Dictionary<SeenPeer, Dictionary<(int Protocol, int? Port), EdgeTally>> direction, SeenPeer peer, int protocol, int? port, ObservedEdge edge)
    {
        if (!direction.TryGetValue(peer, out var ports))
        {
            direction[peer] = ports = [];
        }

        if (!ports.TryGetValue((protocol, port), out var tally))
        {
            ports[(protocol, port)] = tally = new EdgeTally();
        }

        tally.Add(edge);
    }

    /// <summary>Counts what another has.</summary>
    public void Add(WorkloadTraffic other)
    {
        Join(Ingress, other.Ingress);
        Join(Egress, other.Egress);
    }

    private static void Join(
        Dictionary<SeenPeer, Dictionary<(int Protocol, int? Port), EdgeTally>> to, Dictionary<SeenPeer, Dictionary<(int Protocol, int? Port), EdgeTally>> from)
    {
        foreach (var (peer, ports) in from)
        {
            if (!to.TryGetValue(peer, out var known))
            {
                to[peer] = known = [];
            }

            foreach (var (port, tally) in ports)
            {
                if (!known.TryGetValue(port, out var sum))
                {
                    known[port] = sum = new EdgeTally();
                }

                sum.Add(tally);
            }
        }
    }
}
