using System.Globalization;
using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>What ClickHouse, all shards of it, says about known flows: the secret of their keys, all keys at start, and whether it has some.</summary>
internal sealed class StoredKeys(ClickHouseCluster cluster, RetentionWindow window)
{
    /// <summary>Reading the keys of a hundred million flows takes a minute or two.</summary>
    private static readonly TimeSpan LoadLimit = TimeSpan.FromHours(1);

    /// <summary>Time that an insert of a killed predecessor may take to end.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);

    private static readonly string KeyColumns = FlowTable.Names(FlowTable.Key);

    private readonly StoreFacts _facts = new(cluster);

    /// <summary>What makes the keys of this store's flows. Call under the migration's protection: a new store gets its secret now.</summary>
    /// <exception cref="InvalidDataException">The secret is damaged.</exception>
    public ValueTask<FlowKeyHasher> ReadHasherAsync(CancellationToken cancellationToken) => new StoreSecrets(_facts).GetHasherAsync(cancellationToken);

    /// <summary>
    /// Waits until inserts that a killed predecessor had under way are done, and other changes: only then does the table show what it acknowledged.
    /// </summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SettleLimit);
        await Task.WhenAll(cluster.Nodes.Select(node => SettleAsync(node.Client, limit.Token)));
    }

    /// <summary>The highest place in the order of arrival, of flows that have expired or were replaced by a restore too; 0 without any.</summary>
    public async Task<long> ReadLastSequenceAsync(CancellationToken cancellationToken)
    {
        var floor = await _facts.GetNumberAsync(StoreFactNames.SequenceFloor, cancellationToken);
        var shards = await cluster.QueryShardsAsync<long>(new ClickHouseQuery("SELECT max(sequence) AS value FROM traffic"), cancellationToken);
        return Math.Max(floor, shards.Max());
    }

    /// <summary>The epoch up to which journals' records are void, because the store was restored from a backup after them; 0 when it never was.</summary>
    public async Task<ulong> ReadJournalFloorAsync(CancellationToken cancellationToken) =>
        (ulong)await _facts.GetNumberAsync(StoreFactNames.JournalFloor, cancellationToken);

    /// <summary>How often all flows were cleared; less than once a clear where that failed.</summary>
    public Task<long> ReadClearsAsync(CancellationToken cancellationToken) => _facts.GetNumberAsync(StoreFactNames.Clears, cancellationToken);

    /// <summary>Says that all flows are about to be cleared: files of known flows that were written before are those of another store.</summary>
    public async Task WriteClearAsync(CancellationToken cancellationToken)
    {
        var clears = await ReadClearsAsync(cancellationToken) + 1;
        await _facts.WriteAsync(cancellationToken, (StoreFactNames.Clears, clears.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Rows of each arrival day that has not expired, in days since 1970, between two places in the order of arrival.</summary>
    /// <param name="after">Null from the beginning: rows of stores before schema 6 have no place, which is 0.</param>
    /// <param name="upTo">The last place.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Dictionary<ushort, long>> CountByDayAsync(long? after, long upTo, CancellationToken cancellationToken)
    {
        var query = new ClickHouseQuery($"SELECT toUInt16(arrival_day) AS day, toInt64(count()) AS rows FROM traffic {Behind(after)} GROUP BY day");
        var shards = await Task.WhenAll(cluster.Shards.Select(shard => shard.QueryAsync<DayCount>(Between(query, after, upTo), cancellationToken)));
        return shards.SelectMany(days => days).GroupBy(day => day.Day).ToDictionary(day => day.Key, day => day.Sum(shard => shard.Rows));
    }

    /// <summary>The keys of flows between two places in the order of arrival that have not expired, some thousand at a time.</summary>
    /// <param name="hasher">Makes them.</param>
    /// <param name="after">Null from the beginning.</param>
    /// <param name="upTo">The last place.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async IAsyncEnumerable<StoredKeyBlock> ReadAsync(
        FlowKeyHasher hasher, long? after, long upTo, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var block = new StoredKeyBlock();
        var keysOf = $"SELECT {FlowKeyHasher.SqlExpression}, arrival_day FROM traffic {Behind(after)} FORMAT RowBinary";
        var query = Between(Keyed(keysOf, hasher), after, upTo) with { TimeLimit = LoadLimit };
        foreach (var shard in cluster.Shards)
        {
            await using var keys = await shard.StreamAsync(query, cancellationToken);
            while (await block.ReadAsync(keys.Body, cancellationToken))
            {
                yield return block;
            }
        }
    }

    /// <summary>Of the given flows, the keys of those that ClickHouse has and that have not expired, with the days of their arrival.</summary>
    public async Task<IReadOnlyDictionary<FlowKey, ushort>> FindAsync(
        FlowKeyHasher hasher, FlowBlock candidates, CancellationToken cancellationToken)
    {
        using var block = new MemoryStream((int)candidates.Bytes + 1024);
        await candidates.WriteAsync(block, cancellationToken);
        var found = new Dictionary<FlowKey, ushort>();
        foreach (var (key, day) in (await Task.WhenAll(cluster.Shards.Select(FindOnAsync))).SelectMany(flows => flows))
        {
            found[key] = Math.Max(day, found.GetValueOrDefault(key));
        }

        return found;

        async Task<List<(FlowKey Key, ushort Day)>> FindOnAsync(ClickHouseClient shard)
        {
            var flows = new List<(FlowKey, ushort)>();
            await using var keys = await shard.StreamWithTableAsync(
                Keyed($$"""
                    SELECT {{FlowKeyHasher.SqlExpression}}, arrival_day FROM traffic
                    WHERE arrival_day >= {oldest:Date} AND ({{KeyColumns}}) IN (SELECT {{KeyColumns}} FROM candidates)
                    FORMAT RowBinary
                    """, hasher).With("oldest", window.OldestDay).WithSetting("transform_null_in", "1"),
                "candidates", FlowBlock.Structure, block.GetBuffer().AsMemory(0, (int)block.Length), cancellationToken);
            var rows = new StoredKeyBlock();
            while (await rows.ReadAsync(keys.Body, cancellationToken))
            {
                for (var row = 0; row < rows.Keys.Length; row++)
                {
                    flows.Add((rows.Keys[row], rows.Days[row]));
                }
            }

            return flows;
        }
    }

    private static async Task SettleAsync(ClickHouseClient node, CancellationToken cancellationToken)
    {
        // Those of now: other servers may begin new ones all the time. Each ClickHouse knows its own only, and the predecessor may have used another address.
        var begun = await RunningAsync();
        for (var left = begun; left.Count > 0; left = [.. (await RunningAsync()).Intersect(begun)])
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken);
        }

        async Task<HashSet<string>> RunningAsync() =>
            [.. await node.QueryEachAsync<string>(
                new ClickHouseQuery("""
                    SELECT query_id AS value FROM system.processes
                    WHERE query_kind NOT IN ('Select', 'KillQuery') AND current_database = currentDatabase() AND query_id LIKE 'kguardian-%'
                    """),
                cancellationToken)];
    }

    private static ClickHouseQuery Keyed(string sql, FlowKeyHasher hasher) => new ClickHouseQuery(sql).With("k0", hasher.K0).With("k1", hasher.K1);

    private static string Behind(long? after) =>
        $"WHERE arrival_day >= {{oldest:Date}} AND sequence <= {{up_to:UInt64}}{(after is null ? "" : " AND sequence > {after:UInt64}")}";

    private ClickHouseQuery Between(ClickHouseQuery query, long? after, long upTo)
    {
        var between = query.With("oldest", window.OldestDay).With("up_to", upTo);
        return after is { } place ? between.With("after", place) : between;
    }

    private sealed record DayCount(ushort Day, long Rows);
}
