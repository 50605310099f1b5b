namespace KGuardian.Analytics.Backups;

/// <summary>How far a backup or a restore is.</summary>
/// <param name="Phase">What is being done.</param>
/// <param name="Files">Files copied; 0 where that is not known yet.</param>
/// <param name="FilesTotal">Files to copy.</param>
/// <param name="Bytes">Bytes copied.</param>
/// <param name="BytesTotal">Bytes to copy.</param>
internal sealed record BackupProgress(string Phase, long Files = 0, long FilesTotal = 0, long Bytes = 0, long BytesTotal = 0);
