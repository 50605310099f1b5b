using System.Net;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Policies.Proposal;
using KGuardian.Analytics.Policies.Replay;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Tests.Unit.Policies;

/// <summary>Proposed policies: that they block nothing that they came from, of random clusters, and what they look like.</summary>
public sealed class PolicyProposerTests
{
    private static readonly TimeWindow Window = new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));

    [Fact]
    public void Proposal_replayed_over_the_flows_that_it_came_from_blocks_none_of_them()
    {
        var (allowed, unknown, free) = (0L, 0L, 0L);
        for (var seed = 0; seed < 300; seed++)
        {
            var traffic = new RandomTraffic(seed);
            var connections = new ObservedConnections(traffic.Facts, traffic.Pods);
            foreach (var name in new[] { null, "w1" })
            {
                var options = new ProposalOptions("shop", null, name, 1 + (seed % 5), AlwaysDns: seed % 7 == 0);
                var yaml = Propose(traffic, options);
                Assert.Equal(yaml, Propose(traffic, options));
                var set = PolicyCases.Read(yaml);

                var replay = new PolicyReplay(set);
                foreach (var edge in traffic.Edges)
                {
                    replay.Add(edge, connections);
                }

                Assert.Equal((seed, name, 0L), (seed, name, replay.Totals.Let(Truth.No)));
                (allowed, unknown) = (allowed + replay.Totals.Let(Truth.Yes), unknown + replay.Totals.Let(Truth.Unknown));
                free += set.Policies.Count == 0 ? 1 : 0;
            }
        }

        Assert.InRange(unknown, 1, allowed / 2);
        Assert.InRange(free, 0, 300);
    }

    [Fact]
    public void Proposal_lets_through_no_more_than_it_says()
    {
        var (web, db) = (Pod("web", "app", "web"), Pod("db", "app", "db"));
        var proposer = new PolicyProposer(new ProposalOptions("shop", null, null, 20, AlwaysDns: false));
        var connections = new ObservedConnections(new ClusterFacts((_, _) => null, []), [web, db]);
        proposer.Add([web, db]);
        proposer.Add(Edge(web, db, 5432), connections);
        proposer.Add(Edge(Outside("203.0.113.9"), web, 8080), connections);
        proposer.Add(Edge(Outside("198.51.100.1"), db, 22) with { Decision = "DROP" }, connections);

        var policies = proposer.Propose();

        Assert.Equal(1, proposer.DroppedFlows);
        Assert.Equal("""
            # Proposed from what was seen from 1970-01-01T00:00:00.000000Z to 1970-01-02T00:00:00.000000Z
            # Deployment shop/db
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: "db-deployment"
              namespace: "shop"
            spec:
              podSelector: {matchLabels: {"app": "db"}}
              policyTypes: [Ingress, Egress]
              ingress:
              # Deployment shop/web: 1 flows, first seen 1970-01-01T00:00:00.000001Z, last new 1970-01-01T00:00:00.000002Z
              - from:
                - {podSelector: {matchLabels: {"app": "web"}}}
                ports:
                - {protocol: TCP, port: 5432}
              egress: []
            ---
            # Deployment shop/web
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: "web-deployment"
              namespace: "shop"
            spec:
              podSelector: {matchLabels: {"app": "web"}}
              policyTypes: [Ingress, Egress]
              ingress:
              # 203.0.113.9/32: 1 address: 1 flows, first seen 1970-01-01T00:00:00.000001Z, last new 1970-01-01T00:00:00.000002Z
              - from:
                - {ipBlock: {cidr: "203.0.113.9/32"}}
                ports:
                - {protocol: TCP, port: 8080}
              egress:
              # Deployment shop/db: 1 flows, first seen 1970-01-01T00:00:00.000001Z, last new 1970-01-01T00:00:00.000002Z
              - to:
                - {podSelector: {matchLabels: {"app": "db"}}}
                ports:
                - {protocol: TCP, port: 5432}

            """.ReplaceLineEndings("\n"), PolicyYaml.Of(policies, Window, []));
    }

    [Fact]
    public void Names_of_others_stay_inside_of_their_comments()
    {
        var pod = Pod("web", "app", "web");
        var proposer = new PolicyProposer(new ProposalOptions("shop", null, null, 20, AlwaysDns: false));
        var connections = new ObservedConnections(new ClusterFacts((_, _) => null, []), [pod]);
        proposer.Add(Edge(pod with { Workload = "a\n- {}\u2028b", Name = "x\"y" }, Outside("not an\naddress"), 80), connections);

        var set = PolicyCases.Read(PolicyYaml.Of(proposer.Propose(), Window, ["a\r\nb"]));

        Assert.Equal("shop", Assert.Single(set.Policies).Namespace);
    }

    [Fact]
    public void Pod_without_traffic_is_isolated_with_a_warning()
    {
        var proposer = new PolicyProposer(new ProposalOptions("shop", "Deployment", "web", 20, AlwaysDns: false));
        proposer.Add([Pod("web", "app", "web")]);

        var policy = Assert.Single(proposer.Propose());

        Assert.Equal((true, true, 0, 0), (
            policy.Policy.IsolatesIngress, policy.Policy.IsolatesEgress, policy.Policy.Ingress.Count, policy.Policy.Egress.Count));
        Assert.Contains("nothing is let in or out", Assert.Single(policy.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_hold_every_address_are_few_and_do_not_overlap()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var addresses = Enumerable.Range(0, 1 + random.Next(60))
                .Select(_ => random.Next(5) == 0 ? IPAddress.Parse($"fd00::{random.Next(1, 60000):x}") : new IPAddress(random.NextInt64(uint.MaxValue)))
                .Distinct().Select(address => (new IPNetwork(address, address.GetAddressBytes().Length * 8), new EdgeTally())).ToArray();
            var most = 2 + random.Next(10);

            var blocks = AddressBlocks.Of(addresses, most);

            Assert.InRange(blocks.Count, 1, most);
            Assert.Equal(addresses.Length, blocks.Sum(block => block.Addresses));
            Assert.All(addresses, one => Assert.Single(blocks, block => block.Peer!.Block!.Contains(one.Item1.BaseAddress)));
        }
    }

    private static string Propose(RandomTraffic traffic, ProposalOptions options)
    {
        var proposer = new PolicyProposer(options);
        var connections = new ObservedConnections(traffic.Facts, traffic.Pods);
        proposer.Add(traffic.Pods);
        foreach (var edge in traffic.Edges)
        {
            proposer.Add(edge, connections);
        }

        var policies = proposer.Propose();
        Assert.All(policies, policy => Assert.DoesNotContain(policy.Policy.Pods.Requirements, label => label.Key == "pod-template-hash"));
        return PolicyYaml.Of(policies, Window, []);
    }

    private static EdgeEnd Pod(string workload, string key, string value) => new(
        EdgeEndKind.Pod, "shop", $"{workload}-1", "n1", "Deployment", workload,
        new Dictionary<string, string> { [key] = value, ["pod-template-hash"] = "5d4f" }, "10.0.0.1");

    private static EdgeEnd Outside(string address) => new(EdgeEndKind.Address, "", "", null, null, null, null, address);

    private static ObservedEdge Edge(EdgeEnd client, EdgeEnd server, int port) =>
        new(client, server, true, 6, "TCP", port, "ALLOW", 1) { Flows = 1, Observations = 1, FirstSeen = 1, LastSeen = 2 };
}
