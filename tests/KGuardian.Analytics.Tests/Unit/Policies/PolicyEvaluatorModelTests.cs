using System.Net;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Reading;

namespace KGuardian.Analytics.Tests.Unit.Policies;

/// <summary>
/// Random clusters, judged by the evaluator and by a slow, literal reading: every rule is written out as the set of ends and ports that it names, and a
/// connection is let through when each isolated end has it in one of its sets. Then part of what is known is taken away.
/// </summary>
public sealed class PolicyEvaluatorModelTests
{
    private static readonly string[] Namespaces = ["a", "b", "c"];
    private static readonly string[] Keys = ["app", "tier"];
    private static readonly string[] Values = ["x", "y", "z"];
    private static readonly int[] Ports = [53, 80, 443];

    [Fact]
    public void Evaluator_says_what_the_literal_reading_says()
    {
        var (allowed, blocked) = (0, 0);
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var cluster = new Cluster(random);
            var evaluator = new PolicyEvaluator(cluster.Set);
            for (var i = 0; i < 50; i++)
            {
                var connection = cluster.Connect(random);
                var expected = cluster.Allows(connection);

                Assert.Equal((seed, i, expected ? Truth.Yes : Truth.No), (seed, i, evaluator.Judge(connection).IsAllowed));
                _ = expected ? allowed++ : blocked++;
            }
        }

        // Neither is the exception.
        Assert.InRange(allowed, 4_000, 16_000);
        Assert.InRange(blocked, 4_000, 16_000);
    }

    [Fact]
    public void Less_knowledge_makes_an_answer_unknown_and_never_another_one()
    {
        var (kept, unknown) = (0, 0);
        for (var seed = 0; seed < 400; seed++)
        {
            var random = new Random(seed);
            var cluster = new Cluster(random);
            var partly = new PolicyEvaluator(cluster.Set with { NamespaceLabels = cluster.Set.NamespaceLabels.Where(_ => random.Next(2) == 0).ToDictionary() });
            for (var i = 0; i < 50; i++)
            {
                var connection = cluster.Connect(random);
                var known = cluster.Allows(connection) ? Truth.Yes : Truth.No;
                var less = partly.Judge(connection with { Client = Less(connection.Client, random), Server = Less(connection.Server, random) }).IsAllowed;

                Assert.True(less == Truth.Unknown || less == known, $"seed {seed}, connection {i}: {less} where it is {known}");
                _ = less == Truth.Unknown ? unknown++ : kept++;
            }
        }

        Assert.InRange(kept, 8_000, 19_000);
        Assert.InRange(unknown, 1_000, 12_000);
    }

    private static PolicyEndpoint Less(PolicyEndpoint end, Random random) => end with
    {
        Pod = end.Pod is null ? null
            : end.Pod with { Labels = random.Next(3) == 0 ? null : end.Pod.Labels, Ports = random.Next(3) == 0 ? null : end.Pod.Ports },
        Address = random.Next(4) == 0 ? null : end.Address,
        Node = end.Pod is not null && random.Next(4) == 0 ? null : end.Node,
    };

    private sealed class Cluster
    {
        private readonly List<PolicyEndpoint> _ends = [];

        public Cluster(Random random)
        {
            for (var i = 0; i < 8; i++)
            {
                var ports = new Dictionary<(PolicyProtocol, string), int> { [(PolicyProtocol.Tcp, "web")] = Pick(random, Ports) };
                _ends.Add(new PolicyEndpoint(
                    new PolicyPod(Pick(random, Namespaces), $"pod{i}", Labels(random)) { Ports = ports },
                    IPAddress.Parse($"10.0.0.{i}"), $"n{random.Next(3)}"));
            }

            _ends.Add(new PolicyEndpoint(null, IPAddress.Parse("192.168.0.1"), "n1"));
            _ends.Add(new PolicyEndpoint(null, IPAddress.Parse("203.0.113.9"), null));
            Set = new PolicySet(
                [.. Enumerable.Range(0, 1 + random.Next(4)).Select(i => Policy(random, i))],
                Namespaces.ToDictionary(name => name, IReadOnlyDictionary<string, string> (_) => Labels(random)), []);
        }

        public PolicySet Set { get; }

        public PolicyConnection Connect(Random random) =>
            new(_ends[random.Next(_ends.Count)], _ends[random.Next(_ends.Count)], random.Next(4) == 0 ? 17 : 6, Pick(random, Ports));

        public bool Allows(PolicyConnection connection)
        {
            if (connection.Client.Pod is not null && connection.Client.Pod == connection.Server.Pod)
            {
                return true;
            }

            return OneWay(connection, connection.Client, connection.Server, egress: true)
                && OneWay(connection, connection.Server, connection.Client, egress: false);
        }

        private bool OneWay(PolicyConnection connection, PolicyEndpoint end, PolicyEndpoint peer, bool egress)
        {
            var isolating = Set.Policies.Where(policy => (egress ? policy.IsolatesEgress : policy.IsolatesIngress) && Selected(policy).Contains(end)).ToArray();
            var named = isolating.SelectMany(policy => (egress ? policy.Egress : policy.Ingress).SelectMany(
                rule => from other in Others(policy, rule) from port in Named(connection, rule) select (other, port)));
            return isolating.Length == 0 || named.Contains((peer, (connection.Protocol, connection.ServerPort!.Value)))
                || (peer.Pod is null && peer.Node is not null && peer.Node == end.Node);
        }

        private IEnumerable<PolicyEndpoint> Selected(NetworkPolicy policy) =>
            _ends.Where(end => end.Pod?.Namespace == policy.Namespace && policy.Pods.Matches(end.Pod.Labels!));

        private IEnumerable<PolicyEndpoint> Others(NetworkPolicy policy, PolicyRule rule) => rule.Peers.Count == 0 ? _ends : rule.Peers.SelectMany(peer =>
            _ends.Where(end => peer.Block is not null ? peer.Block.Contains(end.Address!)
                : end.Pod is not null && InNamespace(policy, peer, end.Pod) && (peer.Pods?.Matches(end.Pod.Labels!) ?? true)));

        private bool InNamespace(NetworkPolicy policy, PolicyPeer peer, PolicyPod pod) => peer.Namespaces is null ? pod.Namespace == policy.Namespace
            : peer.Namespaces.Matches(new Dictionary<string, string>(Set.NamespaceLabels[pod.Namespace]) { ["kubernetes.io/metadata.name"] = pod.Namespace });

        private static IEnumerable<(int Protocol, int Port)> Named(PolicyConnection connection, PolicyRule rule)
        {
            var all = from protocol in new[] { 6, 17 } from port in Ports select (protocol, port);
            return rule.Ports.Count == 0 ? all : all.Where(candidate => rule.Ports.Any(port => (int)port.Protocol == candidate.protocol
                && (port.Name is null ? candidate.port >= port.First && candidate.port <= port.Last
                    : connection.Server.Pod?.Ports!.GetValueOrDefault((port.Protocol, port.Name)) == candidate.port)));
        }

        private static NetworkPolicy Policy(Random random, int number)
        {
            var types = random.Next(3);
            return new NetworkPolicy(
                Pick(random, Namespaces), $"p{number}", Selector(random), types != 1, types != 0,
                [.. Enumerable.Range(0, random.Next(3)).Select(_ => Rule(random))], [.. Enumerable.Range(0, random.Next(3)).Select(_ => Rule(random))]);
        }

        private static PolicyRule Rule(Random random) => new(
            [.. Enumerable.Range(0, random.Next(3)).Select(_ => Peer(random))], [.. Enumerable.Range(0, random.Next(3)).Select(_ => Port(random))]);

        private static PolicyPeer Peer(Random random) => random.Next(4) switch
        {
            0 => new PolicyPeer(
                new IpBlock(
                    IPNetwork.Parse(Pick(random, ["10.0.0.0/29", "0.0.0.0/0", "192.168.0.0/16", "203.0.113.9/32"])),
                    random.Next(2) == 0 ? [] : [IPNetwork.Parse("10.0.0.0/30")]), null, null),
            1 => new PolicyPeer(null, Selector(random), null),
            2 => new PolicyPeer(null, null, Selector(random)),
            _ => new PolicyPeer(null, Selector(random), Selector(random)),
        };

        private static PolicyPort Port(Random random) => random.Next(4) switch
        {
            0 => new PolicyPort(PolicyProtocol.Tcp, "web", 0, 0),
            1 => new PolicyPort(PolicyProtocol.Udp, null, 0, 65535),
            2 => new PolicyPort(PolicyProtocol.Tcp, null, 53, 80),
            _ => new PolicyPort(Pick(random, [PolicyProtocol.Tcp, PolicyProtocol.Udp]), null, 443, 443),
        };

        private static LabelSelector Selector(Random random) => new([.. Enumerable.Range(0, random.Next(3)).Select(_ =>
        {
            var comparison = Pick(random, Enum.GetValues<LabelOperator>());
            return new LabelRequirement(
                random.Next(8) == 0 ? "kubernetes.io/metadata.name" : Pick(random, Keys), comparison,
                comparison is LabelOperator.In or LabelOperator.NotIn ? [Pick(random, [.. Values, .. Namespaces])] : []);
        })]);

        private static Dictionary<string, string> Labels(Random random) =>
            Keys.Where(_ => random.Next(3) > 0).ToDictionary(key => key, _ => Pick(random, Values));
    }

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];
}
