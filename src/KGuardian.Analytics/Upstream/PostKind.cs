namespace KGuardian.Analytics.Upstream;

/// <summary>What posts are about: those of one kind are sent in the order in which they were accepted.</summary>
internal enum PostKind
{
    /// <summary>Flows.</summary>
    Traffic,

    /// <summary>Pods: what they are, and that they ended.</summary>
    Pods,

    /// <summary>Services.</summary>
    Services,

    /// <summary>System calls.</summary>
    Syscalls,

    /// <summary>What newer agents say of nodes.</summary>
    Nodes,
}
