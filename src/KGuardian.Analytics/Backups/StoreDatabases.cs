namespace KGuardian.Analytics.Backups;

/// <summary>The databases beside a store's while it is backed up or restored; what a crash leaves of them says what is left to do.</summary>
/// <param name="Store">The store itself.</param>
internal sealed record StoreDatabases(string Store)
{
    /// <summary>The store's name in every backup, so that it can be restored under any.</summary>
    public const string NameInBackup = "kguardian";

    /// <summary>Hard links to the store's parts while they are copied. Left behind: to be dropped.</summary>
    public string Snapshot => $"{Store}_backup";

    /// <summary>A restore under way. Left behind: to be dropped.</summary>
    public string Restoring => $"{Store}_restoring";

    /// <summary>What the names of databases begin with through which backups are read back. Left behind: to be dropped.</summary>
    public string Opened => $"{Store}_opened_";

    /// <summary>A restored store, verified: from its name on it is the store, and only has to take its place.</summary>
    public string Restored => $"{Store}_restored";

    /// <summary>The store that was replaced. Left behind: to be dropped.</summary>
    public string Replaced => $"{Store}_replaced";
}
