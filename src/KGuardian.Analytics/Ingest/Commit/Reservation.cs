using KGuardian.Analytics.Ingest.Blocks;

namespace KGuardian.Analytics.Ingest.Commit;

/// <summary>What became of a batch in <see cref="GroupCommit.Enlist"/>.</summary>
internal readonly record struct Reservation
{
    /// <summary>Rows whose flows are new; returned to the pool by <see cref="GroupCommit.WaitDurableAsync"/>.</summary>
    public RowList Fresh { get; init; }

    /// <summary>Ends when the answer is true for good.</summary>
    public Task Durable { get; init; }

    /// <summary>Rows of which only ClickHouse can tell whether they are new; null when all was decided.</summary>
    public List<int>? Unknown { get; init; }
}
