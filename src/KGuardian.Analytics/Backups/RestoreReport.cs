namespace KGuardian.Analytics.Backups;

/// <summary>What was restored: counted and read, and equal to what the backup says it has.</summary>
/// <param name="From">The backup.</param>
/// <param name="Flows">Rows of <c>traffic</c>.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Partitions">Tables and days that were compared.</param>
/// <param name="SchemaVersion">The schema's version in the backup.</param>
internal sealed record RestoreReport(string From, long Flows, long Rows, int Partitions, int SchemaVersion)
{
    /// <summary>Days that retention would have dropped at the server's start; when there are any, flows are kept for ever until days are set.</summary>
    public int ExpiredDays { get; init; }

    /// <summary>Views of the backup that are not this program's and could not be made again, each with the reason.</summary>
    public IReadOnlyList<string> LeftViews { get; init; } = [];

    /// <summary>As whom every view was read in the restored store.</summary>
    public IReadOnlyList<string> ViewsReadBy { get; init; } = [];
}
