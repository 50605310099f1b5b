namespace KGuardian.Analytics.Topology;

/// <summary>A pod that alone reported from an address.</summary>
/// <param name="Address">The address, in the spelling of <c>name_history</c>.</param>
/// <param name="Namespace">The pod's namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="PodKey">Its key as an end.</param>
/// <param name="NamespaceKey">That of its namespace.</param>
internal sealed record ReportingPod(string Address, string Namespace, string Name, ulong PodKey, ulong NamespaceKey)
{
    /// <summary>It as a pod that belongs to nothing.</summary>
    public NameSpan Span => new(
        "address", Address, long.MinValue, long.MaxValue, "POD", Namespace, Name, "", "Pod", Name, "", PodKey, PodKey, NamespaceKey, 0, 0, 0);
}
