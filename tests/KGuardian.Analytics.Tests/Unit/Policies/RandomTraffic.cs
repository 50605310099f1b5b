using System.Text;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Tests.Unit.Policies;

/// <summary>A random cluster and edges that were seen in it: pods with few labels, some unknown, nodes, services, the outside.</summary>
internal sealed class RandomTraffic
{
    private static readonly string[] Namespaces = ["shop", "other"];
    private readonly Random _random;
    private readonly List<EdgeEnd> _others = [];

    public RandomTraffic(int seed)
    {
        _random = new Random(seed);
        var pods = new List<EdgeEnd>();
        for (var i = 0; i < 10; i++)
        {
            var workload = $"w{_random.Next(5)}";
            var labels = _random.Next(8) == 0 ? null : Labels(workload);
            pods.Add(new EdgeEnd(
                EdgeEndKind.Pod, Pick(Namespaces), $"pod{i}", _random.Next(5) == 0 ? null : $"n{_random.Next(3)}", "Deployment", workload, labels,
                $"10.0.0.{i}"));
        }

        Pods = pods;
        for (var i = 0; i < 3; i++)
        {
            _others.Add(new EdgeEnd(EdgeEndKind.Node, "", $"n{i}", $"n{i}", null, null, null, $"192.168.0.{i}"));
            _others.Add(new EdgeEnd(EdgeEndKind.Service, Pick(Namespaces), $"s{i}", null, null, null, null, $"172.30.0.{i}"));
        }

        for (var i = 0; i < 40; i++)
        {
            _others.Add(new EdgeEnd(
                EdgeEndKind.Address, "", "", null, null, null, null,
                _random.Next(4) == 0 ? $"2001:db8::{_random.Next(1, 4000):x}" : $"203.0.{_random.Next(256)}.{_random.Next(256)}"));
        }

        Facts = new ClusterFacts((_, _) => (PodState?)null, Enumerable.Range(0, 3).Select(i => new ServiceState
        {
            Name = $"s{i}",
            Namespace = _others[(2 * i) + 1].Namespace,
            Manifest = i == 2 ? null : Encoding.UTF8.GetBytes(
                $$$"""{"spec": {"selector": {"app": "w{{{_random.Next(5)}}}"}, "ports": [{"port": 80, "targetPort": 8080}, """
                + """{"port": 53, "protocol": "UDP"}]}}"""),
        }));
        Edges = [.. Enumerable.Range(0, 60).Select(_ => Edge())];
    }

    public IReadOnlyList<EdgeEnd> Pods { get; }

    public ClusterFacts Facts { get; }

    public IReadOnlyList<ObservedEdge> Edges { get; }

    private ObservedEdge Edge()
    {
        var (client, server) = (End(), End());
        client = client.Kind == EdgeEndKind.Service ? Pods[0] : client;
        var protocol = _random.Next(12) == 0 ? (byte)1 : _random.Next(3) == 0 ? (byte)17 : (byte)6;
        return new ObservedEdge(
            client, server, _random.Next(30) != 0, protocol, "any",
            protocol == 1 || _random.Next(20) == 0 ? null : _random.Next(4) == 0 ? 40_000 + _random.Next(20) : Pick([53, 80, 443]),
            _random.Next(10) == 0 ? "DROP" : "ALLOW", _random.Next(4))
        {
            Flows = 1 + _random.Next(5),
            Observations = 7,
            FirstSeen = _random.Next(1000),
            LastSeen = 1000 + _random.Next(1000),
        };
    }

    private EdgeEnd End() => _random.Next(3) > 0 ? Pods[_random.Next(Pods.Count)] : _others[_random.Next(_others.Count)];

    private Dictionary<string, string> Labels(string workload)
    {
        var labels = new Dictionary<string, string> { ["pod-template-hash"] = $"{_random.Next(1000)}" };
        if (_random.Next(6) > 0)
        {
            labels["app"] = _random.Next(4) == 0 ? "same" : workload;
        }

        if (_random.Next(2) == 0)
        {
            labels["tier"] = Pick(["front", "back"]);
        }

        return labels;
    }

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}
