using KGuardian.Analytics.Ingest.Blocks;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>What <see cref="FlowRegistry.Classify"/> made of a batch: all is decided, or nothing is pending and one of the two questions is set.</summary>
internal readonly record struct Classification
{
    /// <summary>Rows of new flows, whose keys are pending; the caller disposes of it.</summary>
    public RowList Fresh { get; init; }

    /// <summary>Whether other rows are of flows that another request brought, and that are not durable yet.</summary>
    public bool Waits { get; init; }

    /// <summary>The oldest arrival day that counted, in days since 1970.</summary>
    public ushort OldestDay { get; init; }

    /// <summary>The files may hold some of the flows: the lookup's pages are to be read before the next call.</summary>
    public bool NeedsPages { get; init; }

    /// <summary>Rows of which only ClickHouse can tell whether they are new.</summary>
    public List<int>? Unknown { get; init; }
}
