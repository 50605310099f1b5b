namespace KGuardian.Analytics.Ingest.Blocks;

/// <summary>
/// On which shard a flow is stored that is new: its id (the first eight bytes of its key, a keyed hash) modulo the number of shards, so that all rows of a
/// flow meet on one. Flows stay where they are when a shard is added; the index knows them wherever they are.
/// </summary>
internal static class ShardKey
{
    /// <summary>The shard of a flow, from 0.</summary>
    public static int ShardOf(ulong flowId, int shards) => (int)(flowId % (ulong)shards);
}
