namespace KGuardian.Analytics.Backups;

/// <summary>A backup, as the store remembers it; the backup itself has it, too.</summary>
/// <param name="Name">Its name below its destination: database, time and kind.</param>
/// <param name="Destination">Where it is, without secrets.</param>
/// <param name="Base">The backup that it builds on and cannot be restored without; null for a full one.</param>
/// <param name="TakenAt">When the store was as it is in the backup.</param>
/// <param name="SchemaVersion">The schema's version.</param>
/// <param name="Flows">Rows of <c>traffic</c>.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Bytes">Bytes that it takes by itself, without its base; 0 inside of the backup.</param>
internal record BackupRecord(
    string Name, string Destination, string? Base, DateTimeOffset TakenAt, int SchemaVersion, long Flows, long Rows, long Bytes);
