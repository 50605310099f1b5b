namespace KGuardian.Analytics.Storage;

/// <summary>How a table is stored now.</summary>
/// <param name="Name">Table.</param>
/// <param name="StoragePolicy">Its policy.</param>
/// <param name="EngineFull">All of its definition but the columns.</param>
internal sealed record TieredTable(string Name, string StoragePolicy, string EngineFull)
{
    /// <summary>Setting under which MATERIALIZE TTL finds out when parts are to be moved, and writes nothing else.</summary>
    public const string RecalculateOnly = "materialize_ttl_recalculate_only = 1";

    /// <summary>Whether a rule of ours is in it.</summary>
    public bool HasMoveRule => EngineFull.Contains($"TTL {MoveRule.Begin}", StringComparison.Ordinal);

    public bool Has(MoveRule rule) => EngineFull.Contains($"TTL {rule.Sql}", StringComparison.Ordinal);

    public bool HasCodec(string codec) => EngineFull.Contains($"default_compression_codec = '{codec}'", StringComparison.Ordinal);
}
