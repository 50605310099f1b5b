using System.Net;

namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>
/// One end of a connection: a pod with an address of its own, a node (a pod of the host's network is its node: it has no other address), or an address
/// that is neither.
/// </summary>
/// <param name="Pod">The pod; null for others.</param>
/// <param name="Address">The address; null when it is not known.</param>
/// <param name="Node">The node that it is, or that the pod runs on; null when it is not known, or there is none.</param>
internal sealed record PolicyEndpoint(PolicyPod? Pod, IPAddress? Address, string? Node)
{
    /// <summary>Whether both are one pod: none can be kept from itself.</summary>
    public bool IsSamePod(PolicyEndpoint other) =>
        Pod is not null && other.Pod is not null && Pod.Namespace == other.Pod.Namespace && Pod.Name == other.Pod.Name;

    /// <summary>Whether one end is the node that the other one, a pod, runs on: that is always let through.</summary>
    public Truth IsNodeOf(PolicyEndpoint pod)
    {
        if (Pod is not null || pod.Pod is null)
        {
            return Truth.No;
        }

        // An address that is no node's has no node; one that is has a name.
        return Node is null ? Truth.No : pod.Node is null ? Truth.Unknown : Node == pod.Node ? Truth.Yes : Truth.No;
    }
}
