namespace KGuardian.Analytics.Server.Auth;

/// <summary>What a token allows. Roles do not include each other; a token may have several.</summary>
[Flags]
internal enum TokenRole
{
    /// <summary>Nothing, or that nothing is needed.</summary>
    None = 0,

    /// <summary>Sending events.</summary>
    Ingest = 1,

    /// <summary>Reading flows.</summary>
    Read = 2,

    /// <summary>Changing and clearing, and reading who did so.</summary>
    Admin = 4,

    /// <summary>Everything: the single token.</summary>
    All = Ingest | Read | Admin,
}
