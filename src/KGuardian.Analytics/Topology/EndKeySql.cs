namespace KGuardian.Analytics.Topology;

/// <summary>
/// The keys by which SQL groups ends: 62 bits of a hash of kind, namespace and name, so that what the inventory knows and what flows alone say of one pod is
/// one end; of a network or address of IPv4 the address itself. That two of 100,000 ends share one happens once in a billion questions.
/// </summary>
internal static class EndKeySql
{
    /// <summary>The end that is asked about.</summary>
    public const ulong Owner = 1;

    /// <summary>Set where the other bits are an address of IPv4.</summary>
    public const ulong Address = 1UL << 62;

    /// <summary>Set where the other bits are the place of a key whose end changes within the window.</summary>
    public const ulong Changing = 1UL << 63;

    /// <summary>The key of an end.</summary>
    public static string Of(string kind, string space, string name) => $"intDiv(cityHash64({kind}, toString({space}), toString({name})), 4)";
}
