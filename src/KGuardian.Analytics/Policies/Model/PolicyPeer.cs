namespace KGuardian.Analytics.Policies.Model;

/// <summary>Who the other end may be: either addresses, or pods.</summary>
/// <param name="Block">Addresses; null for pods.</param>
/// <param name="Namespaces">The pods' namespaces; null for the policy's own.</param>
/// <param name="Pods">Their labels; null for all pods of those namespaces.</param>
internal sealed record PolicyPeer(IpBlock? Block, LabelSelector? Namespaces, LabelSelector? Pods);
