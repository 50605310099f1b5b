namespace KGuardian.Analytics.Topology;

/// <summary>Where policies would have stopped a connection.</summary>
[Flags]
internal enum Blocking
{
    /// <summary>Nowhere, or it is not known.</summary>
    None = 0,

    /// <summary>At its server.</summary>
    Ingress = 1,

    /// <summary>At its client.</summary>
    Egress = 2,
}
