using KGuardian.Analytics.Ingest.Blocks;

namespace KGuardian.Analytics.Ingest.Commit;

/// <summary>What became of a batch in <see cref="GroupCommit.Enlist"/>: it is decided, or nothing was enlisted and one of the two questions is set.</summary>
internal readonly record struct Reservation
{
    /// <summary>Rows whose flows are new; returned to the pool by <see cref="GroupCommit.WaitDurableAsync"/>.</summary>
    public RowList Fresh { get; init; }

    /// <summary>Ends when the answer is true for good.</summary>
    public Task Durable { get; init; }

    /// <summary>Files may hold some of the flows: pages are to be read.</summary>
    public bool NeedsPages { get; init; }

    /// <summary>Rows of which only ClickHouse can tell whether they are new.</summary>
    public List<int>? Unknown { get; init; }

    /// <summary>Whether it is known which flows are new.</summary>
    public bool IsDecided => !NeedsPages && Unknown is null;
}
