namespace KGuardian.Analytics.Flows;

/// <summary>How the values of a column are compared.</summary>
internal enum ValueKind
{
    /// <summary>Byte for byte.</summary>
    Text,

    /// <summary>Without regard to the case of ASCII letters.</summary>
    Word,

    /// <summary>IP addresses, by the address and not its spelling.</summary>
    Address,

    /// <summary>IP protocols, by name or number.</summary>
    Protocol,

    /// <summary>Ports, by number.</summary>
    Port,

    /// <summary>Uuids.</summary>
    Uuid,

    /// <summary>Moments and spans of time.</summary>
    Time,
}
