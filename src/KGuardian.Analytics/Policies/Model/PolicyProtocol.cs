namespace KGuardian.Analytics.Policies.Model;

/// <summary>Protocols that a NetworkPolicy knows, by their numbers at IANA.</summary>
internal enum PolicyProtocol
{
    /// <summary>The default.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,

    /// <summary>SCTP.</summary>
    Sctp = 132,
}
