using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Edges;
using EdgeKey = (KGuardian.Analytics.Topology.TopologyEnd Client, KGuardian.Analytics.Topology.TopologyEnd Server, int? Port, byte? Protocol);

namespace KGuardian.Analytics.Topology;

/// <summary>Edges of a map, added up from what was observed: up to four reports of a connection are one edge. Not safe for concurrent use.</summary>
/// <param name="counts">Whether observations and connections are counted of the strongest.</param>
internal sealed class EdgeTotals(bool counts)
{
    /// <summary>Edges that are held, at some 100 bytes each; of those beyond the flows are counted.</summary>
    public const int Most = 1_000_000;

    private static readonly HashSet<byte?> WithoutPorts = [1, 58]; // ICMP, ICMPv6

    private readonly Dictionary<EdgeKey, TopologyTally> _edges = new(ByObject.Instance);
    private long _flows;
    private long _beyond;

    /// <summary>Adds what was observed.</summary>
    /// <param name="client">What its client is shown as; equal ones are one object.</param>
    /// <param name="server">What its server is shown as; likewise.</param>
    /// <param name="edge">It.</param>
    /// <param name="blocking">Where policies would have stopped it.</param>
    public void Add(TopologyEnd client, TopologyEnd server, ObservedEdge edge, Blocking blocking)
    {
        _flows += edge.Flows;
        EdgeKey key = (client, server, WithoutPorts.Contains(edge.Protocol) ? null : edge.ServerPort, edge.Protocol);
        if (_edges.Count == Most && !_edges.ContainsKey(key))
        {
            _beyond++;
            return;
        }

        CollectionsMarshal.GetValueRefOrAddDefault(_edges, key, out var isKnown).Add(edge, isKnown, counts, blocking);
    }

    /// <summary>The edges of most flows, in an order that stays, and where they are counted of each the keys of what it was added up from.</summary>
    /// <param name="limit">Most of them.</param>
    public (TopologyEdges Edges, IReadOnlyList<IReadOnlyList<ulong>> Keys) Strongest(int limit)
    {
        // The weakest of the strongest so far is at its head.
        var heap = new PriorityQueue<EdgeKey, (long Flows, EdgeKey Key)>(Comparer<(long Flows, EdgeKey Key)>.Create((x, y) => Compare(y, x)));
        foreach (var (key, tally) in _edges)
        {
            if (heap.Count < limit)
            {
                heap.Enqueue(key, (tally.Flows, key));
            }
            else
            {
                heap.EnqueueDequeue(key, (tally.Flows, key));
            }
        }

        var strongest = heap.UnorderedItems.OrderBy(item => item.Priority, Comparer<(long, EdgeKey)>.Create(Compare)).Select(item => item.Element).ToArray();
        var edges = strongest.Select(key => Edge(key, _edges[key])).ToArray();
        return (
            new TopologyEdges(edges, _edges.Count - edges.Length + _beyond, _flows - edges.Sum(edge => edge.Flows)),
            counts ? [.. strongest.Select(key => _edges[key].Keys!)] : []);
    }

    /// <summary>More flows first, then by what the edge is.</summary>
    private static int Compare((long Flows, EdgeKey Key) x, (long Flows, EdgeKey Key) y) =>
        y.Flows.CompareTo(x.Flows) is not 0 and var flows ? flows
        : x.Key.Client.CompareTo(y.Key.Client) is not 0 and var client ? client
        : x.Key.Server.CompareTo(y.Key.Server) is not 0 and var server ? server
        : Nullable.Compare(x.Key.Port, y.Key.Port) is not 0 and var port ? port
        : Nullable.Compare(x.Key.Protocol, y.Key.Protocol);

    private static TopologyEdge Edge(EdgeKey key, TopologyTally tally) => new(
        key.Client, key.Server, key.Port, key.Protocol is { } protocol ? IpProtocols.Name(protocol) : null, tally.Flows, tally.Dropped, null,
        null, tally.FirstSeen, tally.LastSeen, tally.ByClient, tally.ByServer)
    {
        BlockedFlows = tally.BlockedFlows,
        Blocking = tally.Blocking,
    };

    /// <summary>Ends are told apart as objects: their texts would be hashed for each of a million rows.</summary>
    private sealed class ByObject : IEqualityComparer<EdgeKey>
    {
        public static readonly ByObject Instance = new();

        public bool Equals(EdgeKey x, EdgeKey y) =>
            ReferenceEquals(x.Client, y.Client) && ReferenceEquals(x.Server, y.Server) && x.Port == y.Port && x.Protocol == y.Protocol;

        public int GetHashCode(EdgeKey key) =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(key.Client), RuntimeHelpers.GetHashCode(key.Server), key.Port, key.Protocol);
    }
}
