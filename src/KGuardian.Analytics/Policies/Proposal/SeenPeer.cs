using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>The other end of a workload's connections, as a rule can name it.</summary>
/// <param name="Owner">Its workload; for addresses what is known of them.</param>
/// <param name="HasLabels">Whether it can be named by labels.</param>
/// <param name="Address">Its address where it has to be named by it; null for pods, and when it is not known.</param>
internal sealed record SeenPeer(EdgeOwner Owner, bool HasLabels, string? Address)
{
    /// <summary>An end as a peer.</summary>
    public static SeenPeer Of(EdgeEnd end) => end.Kind == EdgeEndKind.Pod && end.Namespace.Length > 0
        ? end.Labels is null ? new(new EdgeOwner("Namespace", "", end.Namespace), false, null) : new(EdgeOwner.Of(end), true, null)
        : new(EdgeOwner.Of(end), false, end.Address);
}
