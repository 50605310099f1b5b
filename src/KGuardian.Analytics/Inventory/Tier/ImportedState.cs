namespace KGuardian.Analytics.Inventory.Tier;

/// <summary>What became of something that another store knew.</summary>
internal enum ImportedState
{
    /// <summary>It is what is known now.</summary>
    Stored,

    /// <summary>The same was known.</summary>
    Known,

    /// <summary>Something else is known of a later time, and stays.</summary>
    Older,
}
