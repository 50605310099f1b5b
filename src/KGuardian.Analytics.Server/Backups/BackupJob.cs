using KGuardian.Analytics.Backups;

namespace KGuardian.Analytics.Server.Backups;

/// <summary>A backup that runs, or the last one that did.</summary>
/// <param name="Id">Grows.</param>
/// <param name="State">running, done or failed.</param>
/// <param name="Destination">Where to, without secrets.</param>
/// <param name="StartedAt">When it was asked for.</param>
/// <param name="Progress">How far it is.</param>
/// <param name="Backup">What was made; null unless done.</param>
/// <param name="Error">Why not; null unless failed.</param>
internal sealed record BackupJob(
    long Id, string State, string Destination, DateTimeOffset StartedAt, BackupProgress Progress, BackupRecord? Backup = null, string? Error = null)
{
    public const string Running = "running";
    public const string Done = "done";
    public const string Failed = "failed";
}
