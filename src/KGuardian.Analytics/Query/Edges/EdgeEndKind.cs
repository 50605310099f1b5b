namespace KGuardian.Analytics.Query.Edges;

/// <summary>What an end of a connection was.</summary>
internal enum EdgeEndKind
{
    /// <summary>A pod with an address of its own.</summary>
    Pod,

    /// <summary>A node, which pods of the host's network are, too.</summary>
    Node,

    /// <summary>A service's address: which of its pods answered is not known.</summary>
    Service,

    /// <summary>An address of which nothing else is known.</summary>
    Address,
}
