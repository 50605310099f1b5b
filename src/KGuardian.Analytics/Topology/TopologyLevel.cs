namespace KGuardian.Analytics.Topology;

/// <summary>What pods are grouped to.</summary>
internal enum TopologyLevel
{
    /// <summary>Their namespaces.</summary>
    Namespace,

    /// <summary>Their workloads.</summary>
    Workload,

    /// <summary>Nothing: each is an end.</summary>
    Pod,
}
