namespace KGuardian.Analytics.Policies.Model;

/// <summary>A NetworkPolicy of networking.k8s.io/v1, with its defaults filled in.</summary>
/// <param name="Namespace">Where it lies, and whose pods it selects.</param>
/// <param name="Name">Its name.</param>
/// <param name="Pods">The pods that it isolates.</param>
/// <param name="IsolatesIngress">Whether its pods take only what some policy's <see cref="Ingress"/> allows.</param>
/// <param name="IsolatesEgress">Whether its pods may only connect to what some policy's <see cref="Egress"/> allows.</param>
/// <param name="Ingress">What it allows to come in: any of these.</param>
/// <param name="Egress">What it allows to go out: any of these.</param>
internal sealed record NetworkPolicy(
    string Namespace, string Name, LabelSelector Pods, bool IsolatesIngress, bool IsolatesEgress,
    IReadOnlyList<PolicyRule> Ingress, IReadOnlyList<PolicyRule> Egress);
