using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Observed;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>The rule that lets a pod ask for names where it was not seen to: nearly every cluster has them at these pods.</summary>
internal static class DnsRule
{
    private static readonly PolicyPeer Servers = new(
        null, new LabelSelector([new LabelRequirement("kubernetes.io/metadata.name", LabelOperator.In, ["kube-system"])]),
        new LabelSelector([new LabelRequirement("k8s-app", LabelOperator.In, ["kube-dns"])]));

    /// <summary>The rule.</summary>
    public static readonly ProposedRule Always = new(
        new PolicyRule([Servers], [new PolicyPort(PolicyProtocol.Tcp, null, 53, 53), new PolicyPort(PolicyProtocol.Udp, null, 53, 53)]),
        [new PeerEvidence(Servers, "asked for by dns=always", 0, new EdgeTally())]);
}
