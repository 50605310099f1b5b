using System.Net;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Reading;

/// <summary>What documents say, taken together.</summary>
/// <param name="Policies">The policies, in the order of the documents, each namespace and name once.</param>
/// <param name="NamespaceLabels">Labels of the namespaces that have a document (kind Namespace), by name. Others' labels are not known.</param>
/// <param name="Warnings">What is allowed and most likely not meant.</param>
internal sealed record PolicySet(
    IReadOnlyList<NetworkPolicy> Policies, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> NamespaceLabels,
    IReadOnlyList<PolicyWarning> Warnings)
{
    /// <summary>Every network that a policy names, by itself or as an exception.</summary>
    public IEnumerable<IPNetwork> Networks => Policies.SelectMany(policy => policy.Ingress.Concat(policy.Egress)).SelectMany(rule => rule.Peers)
        .Select(peer => peer.Block).OfType<IpBlock>().SelectMany(block => block.Except.Prepend(block.Network)).Distinct();
}
