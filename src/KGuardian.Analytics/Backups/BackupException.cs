namespace KGuardian.Analytics.Backups;

/// <summary>A backup cannot be made or restored; the text says why and what to do.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
