namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>That a pod ended.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ip">Only if it has this address; null for any.</param>
/// <param name="Namespace">Only in this namespace; null for every one. Agents of kguardian do not say.</param>
internal sealed record PodDeath(string Name, string? Ip, string? Namespace)
{
    /// <summary>The pods that it is about.</summary>
    public IEnumerable<PodState> In(PodDirectory directory) =>
        directory.Named(Name).Where(pod => (Ip is null || pod.Ip == Ip) && (Namespace is null || pod.Namespace == Namespace));
}
