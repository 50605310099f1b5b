using System.Globalization;
using System.Net;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Policies.Reading;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>Makes rules of one direction out of what was seen: peers of the same ports become one rule.</summary>
/// <param name="labels">The cluster's labels.</param>
/// <param name="options">What is proposed.</param>
/// <param name="warnings">Where to put what one should look at.</param>
internal sealed class RuleBuilder(WorkloadLabels labels, ProposalOptions options, List<string> warnings)
{
    private const int DnsPort = 53;

    /// <summary>So many ports that systems chose are listed; more are a range.</summary>
    private const int MostChosenPorts = 3;

    /// <summary>The rules, in an order that stays.</summary>
    public IReadOnlyList<ProposedRule> Build(Dictionary<SeenPeer, Dictionary<(int Protocol, int? Port), EdgeTally>> seen)
    {
        var peers = seen.Select(peer => (Peer: peer.Key, Ports: PortsOf(peer.Key, peer.Value), Tally: Sum(peer.Value.Values))).ToList();
        var addressed = peers.FindAll(peer => IsAddress(peer.Peer)).Select(peer => Spell(peer.Ports)).Distinct(StringComparer.Ordinal).Count();
        // Too many different sets of ports: addresses have all of them.
        var all = addressed > options.MaxBlocks ? Union(peers.Where(peer => IsAddress(peer.Peer)).Select(peer => peer.Ports)) : null;
        var most = Math.Max(1, options.MaxBlocks / Math.Max(1, all is null ? addressed : 1));
        return
        [
            .. peers.Select(peer => all is not null && IsAddress(peer.Peer) ? peer with { Ports = all } : peer)
                .GroupBy(peer => Spell(peer.Ports), StringComparer.Ordinal).OrderBy(rule => rule.Key, StringComparer.Ordinal)
                .Select(rule => Rule([.. rule.Select(peer => (peer.Peer, peer.Tally))], rule.First().Ports, most)),
        ];
    }

    private ProposedRule Rule(List<(SeenPeer Peer, EdgeTally Tally)> peers, IReadOnlyList<PolicyPort> ports, int mostBlocks)
    {
        var evidence = new List<PeerEvidence>();
        foreach (var (peer, tally) in peers.Where(peer => !IsAddress(peer.Peer)).OrderBy(peer => peer.Peer.Owner))
        {
            evidence.Add(new PeerEvidence(PodsOf(peer), peer.Owner.ToString(), 0, tally));
        }

        evidence.AddRange(AddressBlocks.Of(
            [
                .. peers.Where(peer => IsAddress(peer.Peer)).GroupBy(peer => Parsed(peer.Peer)!.Value)
                    .Select(peer => (peer.Key, Sum(peer.Select(one => one.Tally)))),
            ],
            mostBlocks));
        // Somebody of whom nothing is known: everybody.
        var isAnybody = evidence.Exists(peer => peer.Peer is null);
        return new ProposedRule(
            new PolicyRule(isAnybody ? [] : [.. evidence.Select(peer => peer.Peer!).DistinctBy(Spell)], ports), evidence);
    }

    private PolicyPeer? PodsOf(SeenPeer peer)
    {
        if (peer.Owner is { Kind: "Namespace" } space)
        {
            warnings.Add($"pods of the namespace {space.Name} were seen whose labels are not known: all of its pods are let through");
            return new PolicyPeer(null, Named(space.Name), null);
        }

        if (!peer.HasLabels)
        {
            warnings.Add($"{peer.Owner} has no address that is known: everybody is let through to, or from, its ports");
            return null;
        }

        var selector = labels.SelectorOf(peer.Owner)!;
        return new PolicyPeer(null, peer.Owner.Namespace == options.Namespace ? null : Named(peer.Owner.Namespace), selector);
    }

    private static LabelSelector Named(string space) => LabelText.IsValue(space)
        ? new LabelSelector([new LabelRequirement("kubernetes.io/metadata.name", LabelOperator.In, [space])]) : LabelSelector.All;

    private IReadOnlyList<PolicyPort> PortsOf(SeenPeer peer, Dictionary<(int Protocol, int? Port), EdgeTally> seen)
    {
        var known = seen.Keys.Where(port => Enum.IsDefined((PolicyProtocol)port.Protocol)).ToArray();
        if (known.Length == 0)
        {
            warnings.Add($"only ICMP, or another protocol that policies do not know, was seen with {peer.Owner}: all of its traffic is let through");
            return [];
        }

        // Names are asked for by UDP, and by TCP when an answer is long.
        (int Protocol, int? Port)[] dns = known.Any(port => port is { Port: DnsPort, Protocol: (int)PolicyProtocol.Udp or (int)PolicyProtocol.Tcp })
            ? [((int)PolicyProtocol.Tcp, DnsPort), ((int)PolicyProtocol.Udp, DnsPort)] : [];
        return [.. known.Union(dns).GroupBy(port => port.Protocol).OrderBy(protocol => protocol.Key).SelectMany(protocol => OfProtocol(protocol, peer))];
    }

    private IEnumerable<PolicyPort> OfProtocol(IGrouping<int, (int Protocol, int? Port)> ports, SeenPeer peer)
    {
        var protocol = (PolicyProtocol)ports.Key;
        if (ports.Any(port => port.Port is null))
        {
            warnings.Add($"{protocol.ToString().ToUpperInvariant()} with {peer.Owner} was seen without a port: all ports of it are let through");
            return [new PolicyPort(protocol, null, 0, IPEndPoint.MaxPort)];
        }

        var chosen = ports.Where(port => port.Port >= FlowRoles.FirstEphemeralPort).Select(port => port.Port!.Value).Order().ToArray();
        return ports.Select(port => port.Port!.Value).Where(port => chosen.Length <= MostChosenPorts || port < FlowRoles.FirstEphemeralPort).Order()
            .Select(port => new PolicyPort(protocol, null, port, port))
            .Concat(chosen.Length <= MostChosenPorts ? [] : [new PolicyPort(protocol, null, FlowRoles.FirstEphemeralPort, IPEndPoint.MaxPort)]);
    }

    private static IReadOnlyList<PolicyPort> Union(IEnumerable<IReadOnlyList<PolicyPort>> sets)
    {
        var all = sets.ToArray();
        return Array.Exists(all, ports => ports.Count == 0) ? []
            : [.. all.SelectMany(ports => ports).Distinct().OrderBy(port => port.Protocol).ThenBy(port => port.First).ThenBy(port => port.Last)];
    }

    private static bool IsAddress(SeenPeer peer) => Parsed(peer) is not null;

    private static IPNetwork? Parsed(SeenPeer peer) => IPNetwork.TryParse(peer.Address, out var network) ? network
        : IPAddress.TryParse(peer.Address, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8) : null;

    private static EdgeTally Sum(IEnumerable<EdgeTally> tallies)
    {
        var sum = new EdgeTally();
        foreach (var tally in tallies)
        {
            sum.Add(tally);
        }

        return sum;
    }

    private static string Spell(PolicyPeer peer) => $"{peer.Block?.Network}|{Spell(peer.Namespaces)}|{Spell(peer.Pods)}";

    private static string Spell(LabelSelector? selector) => selector is null ? "-" : string.Join(',', selector.Requirements);

    private static string Spell(IReadOnlyList<PolicyPort> ports) => string.Join(
        ' ', ports.Select(port => string.Create(CultureInfo.InvariantCulture, $"{(int)port.Protocol:000}:{port.First:00000}-{port.Last:00000}")));
}
