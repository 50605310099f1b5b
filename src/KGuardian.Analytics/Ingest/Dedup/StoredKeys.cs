using System.Buffers.Binary;
using System.Runtime.InteropServices;
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

    /// <summary>Loads the keys of flows that have not expired, the newest ones, as many as the index may hold, and says so when there are more.</summary>
    public async Task LoadAsync(FlowKeyHasher hasher, FlowIndex index, Action<long> progress, CancellationToken cancellationToken)
    {
        index.OldestDay = window.OldestDayNumber;
        var oldest = window.OldestDay;
        var counts = await cluster.QueryShardsAsync<long>(
            new ClickHouseQuery("SELECT count() AS value FROM traffic WHERE arrival_day >= {oldest:Date}").With("oldest", oldest), cancellationToken);
        var total = counts.Sum();
        index.Reserve(total);
        var newest = total > index.Limit ? $"ORDER BY arrival_day DESC LIMIT {index.Limit / cluster.Shards.Count}" : "";
        if (newest.Length > 0)
        {
            index.MarkIncomplete();
        }

        foreach (var shard in cluster.Shards)
        {
            await using var keys = await shard.StreamAsync(
                Keyed($$"""
                    SELECT {{FlowKeyHasher.SqlExpression}}, arrival_day FROM traffic WHERE arrival_day >= {oldest:Date} {{newest}}
                    FORMAT RowBinary
                    """, hasher).With("oldest", oldest) with
                { TimeLimit = LoadLimit },
                cancellationToken);
            await ReadKeysAsync(keys.Body, (key, day) => index.Add(key, day), () => progress(index.Count), cancellationToken);
        }
    }

    /// <summary>The keys of flows between two places in the order of arrival that have not expired.</summary>
    public async Task ReadBehindAsync(
        FlowKeyHasher hasher, long after, long upTo, Action<FlowKey, ushort> take, CancellationToken cancellationToken)
    {
        foreach (var shard in cluster.Shards)
        {
            await using var keys = await shard.StreamAsync(
                Keyed($$"""
                    SELECT {{FlowKeyHasher.SqlExpression}}, arrival_day FROM traffic
                    WHERE sequence > {after:UInt64} AND sequence <= {up_to:UInt64} AND arrival_day >= {oldest:Date}
                    FORMAT RowBinary
                    """, hasher).With("after", after).With("up_to", upTo).With("oldest", window.OldestDay),
                cancellationToken);
            await ReadKeysAsync(keys.Body, take, () => { }, cancellationToken);
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
            await ReadKeysAsync(keys.Body, (key, day) => flows.Add((key, day)), () => { }, cancellationToken);
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

    private static async Task ReadKeysAsync(
        Stream from, Action<FlowKey, ushort> take, Action progress, CancellationToken cancellationToken)
    {
        const int KeyBytes = 16;
        const int RowBytes = KeyBytes + sizeof(ushort);
        var buffer = new byte[RowBytes * 16 * 1024];
        for (var read = buffer.Length; read == buffer.Length;)
        {
            read = await from.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            if (read % RowBytes != 0)
            {
                throw new InvalidDataException($"ClickHouse sent {read} bytes of keys, which are not whole rows of {RowBytes} bytes");
            }

            for (var at = 0; at < read; at += RowBytes)
            {
                take(MemoryMarshal.Read<FlowKey>(buffer.AsSpan(at)), BinaryPrimitives.ReadUInt16LittleEndian(buffer.AsSpan(at + KeyBytes)));
            }

            progress();
        }
    }
}
