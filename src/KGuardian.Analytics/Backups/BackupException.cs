namespace KGuardian.Analytics.Backups;

/// <summary>A backup cannot be made or restored; the text says why and what to do.</summary>
internal sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether it is because files of a backup, or of one that it builds on, are missing or not what was written.</summary>
    public bool IsDamage { get; init; }

    /// <summary>Whether it is because ClickHouse may not use the place: nothing is known of the backup.</summary>
    public bool IsOutOfReach { get; init; }
}
