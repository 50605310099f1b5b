namespace KGuardian.Analytics.Backups;

/// <summary>A backup that the store remembers, and whether it is there.</summary>
/// <param name="Name">Its name below its destination.</param>
/// <param name="Destination">Where it is, without secrets.</param>
/// <param name="Base">The backup that it builds on; null for a full one.</param>
/// <param name="TakenAt">When the store was as it is in the backup.</param>
/// <param name="SchemaVersion">The schema's version.</param>
/// <param name="Flows">Rows of <c>traffic</c>.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Bytes">Bytes that it takes by itself.</param>
/// <param name="State">One of this type's constants; null where nobody looked.</param>
/// <param name="Problem">Why it is not there or could not be looked at; null otherwise.</param>
internal sealed record ListedBackup(
    string Name, string Destination, string? Base, DateTimeOffset TakenAt, int SchemaVersion, long Flows, long Rows, long Bytes, string? State, string? Problem)
    : BackupRecord(Name, Destination, Base, TakenAt, SchemaVersion, Flows, Rows, Bytes)
{
    /// <summary>It was opened, with all that it builds on, and its manifest has the rows that were backed up.</summary>
    public const string There = "there";

    /// <summary>It cannot be restored: it, or what it builds on, is missing or damaged.</summary>
    public const string Broken = "broken";

    /// <summary>ClickHouse may not use its place from here, or the place needs keys, which are not kept.</summary>
    public const string OutOfReach = "out_of_reach";

    internal static ListedBackup Of(BackupRecord record, string? state = null, string? problem = null) =>
        new(record.Name, record.Destination, record.Base, record.TakenAt, record.SchemaVersion, record.Flows, record.Rows, record.Bytes, state, problem);
}
