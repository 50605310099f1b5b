using KGuardian.Analytics.Ingest.Blocks;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>What <see cref="FlowRegistry.Classify(ReadOnlySpan{Flows.FlowKey}, Dictionary{Flows.FlowKey, int}?)"/> made of a batch.</summary>
/// <param name="Fresh">Rows of new flows, whose keys are pending; the caller disposes of it.</param>
/// <param name="Waits">Whether other rows are of flows that another request brought, and that are not durable yet.</param>
/// <param name="Unknown">Rows of which only ClickHouse can tell whether they are new; null when all was decided.</param>
/// <param name="OldestDay">The oldest arrival day that counted, in days since 1970.</param>
internal readonly record struct Classification(RowList Fresh, bool Waits, List<int>? Unknown, ushort OldestDay);
