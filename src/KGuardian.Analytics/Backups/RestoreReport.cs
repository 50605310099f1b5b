namespace KGuardian.Analytics.Backups;

/// <summary>What was restored; counted, and equal to what the backup says it has.</summary>
/// <param name="From">The backup.</param>
/// <param name="Flows">Rows of <c>traffic</c>.</param>
/// <param name="Rows">Rows of all tables.</param>
/// <param name="Partitions">Tables and days that were compared.</param>
/// <param name="SchemaVersion">The schema's version in the backup.</param>
public sealed record RestoreReport(string From, long Flows, long Rows, int Partitions, int SchemaVersion);
