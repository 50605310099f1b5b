using System.Globalization;

namespace KGuardian.Analytics.Bench.Model;

/// <summary>
/// A made-up cluster: nodes, their pods, and whom each pod talks to. The same seed gives the same cluster; seeds that
/// differ modulo 150 give clusters whose flows never coincide (the seed is an octet of every pod's address).
/// </summary>
internal sealed class ClusterModel
{
    private const int PodsPerNode = 16;
    private const int PeersPerPod = 6;
    private const double DropShare = 0.05;

    /// <summary>Octets are 100 to 249, so that each is three digits wide.</summary>
    public const int Octets = 150;

    private static readonly string[] Namespaces =
        ["production", "staging", "payments", "checkout", "identity", "observability", "ingress-nginx", "data-platform", "kube-system", "search"];

    private static readonly string[] Roles = ["api", "worker", "gateway", "cache", "db", "queue", "frontend", "scheduler", "indexer", "proxy"];
    private static readonly string[] Subjects = ["cart", "order", "user", "invoice", "catalog", "stock", "mail", "report", "session", "media"];
    private static readonly int[] ServicePorts = [8080, 8443, 9090, 5432, 6379, 9092, 3000, 50051, 443, 27017];
    private static readonly int[] UdpPorts = [443, 123, 53, 514];

    private readonly List<Pod> _pods = [];

    public ClusterModel(int seed, int nodes)
    {
        if (nodes * PodsPerNode > Octets * Octets)
        {
            throw new ArgumentOutOfRangeException(nameof(nodes), nodes, $"At most {Octets * Octets / PodsPerNode} nodes.");
        }

        Seed = seed;
        var random = new FastRandom((ulong)seed);
        for (var pod = 0; pod < nodes * PodsPerNode; pod++)
        {
            _pods.Add(NewPod(pod, ref random));
        }

        var popularity = new ZipfSampler(_pods.Count);
        Nodes = new Node[nodes];
        for (var node = 0; node < nodes; node++)
        {
            Nodes[node] = NewNode(_pods.GetRange(node * PodsPerNode, PodsPerNode), popularity, ref random);
        }
    }

    public int Seed { get; }

    public Node[] Nodes { get; }

    public IReadOnlyList<Pod> Pods => _pods;

    private Pod NewPod(int number, ref FastRandom random)
    {
        var kind = random.Below(Roles.Length * Subjects.Length);
        var name = $"{Subjects[kind / Roles.Length]}-{Roles[kind % Roles.Length]}-{Suffix(ref random, 10)}-{Suffix(ref random, 5)}";
        var host = string.Create(CultureInfo.InvariantCulture, $"{100 + number / Octets}.{100 + number % Octets}");
        return new(name, Namespaces[kind / Roles.Length], Seed % Octets, host, ServicePorts[kind % Roles.Length]);
    }

    private Node NewNode(List<Pod> pods, ZipfSampler popularity, ref FastRandom random)
    {
        List<FlowStem> tcp = [], udp = [];
        foreach (var pod in pods)
        {
            var peers = new HashSet<(Pod, bool)>();
            for (var attempt = 0; attempt < PeersPerPod; attempt++)
            {
                // A peer drawn twice is one stem: pods of popular services have many flows to few peers.
                var peer = _pods[popularity.Next(ref random)];
                var egress = random.Chance(0.6);
                if (peer != pod && peers.Add((peer, egress)))
                {
                    tcp.Add(new(pod, egress, peer.Host, peer.ServicePort, Udp: false, random.Chance(DropShare)));
                }
            }

            var external = string.Create(CultureInfo.InvariantCulture, $"{100 + random.Below(Octets)}");
            udp.Add(new(pod, Egress: true, external, UdpPorts[random.Below(UdpPorts.Length)], Udp: true, random.Chance(DropShare)));
        }

        Shuffle(tcp, ref random);
        return new(tcp, udp);
    }

    private static void Shuffle<T>(List<T> items, ref FastRandom random)
    {
        for (var last = items.Count - 1; last > 0; last--)
        {
            var other = random.Below(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    private static string Suffix(ref FastRandom random, int length)
    {
        const string Letters = "bcdfghjklmnpqrstvwxz2456789";
        var suffix = new char[length];
        for (var i = 0; i < length; i++)
        {
            suffix[i] = Letters[random.Below(Letters.Length)];
        }

        return new(suffix);
    }
}
