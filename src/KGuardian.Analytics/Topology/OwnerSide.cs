namespace KGuardian.Analytics.Topology;

/// <summary>Which end of edges an owner is.</summary>
internal enum OwnerSide
{
    /// <summary>Either.</summary>
    Any,

    /// <summary>Who opened the connections: egress.</summary>
    Client,

    /// <summary>Who took them: ingress.</summary>
    Server,
}
