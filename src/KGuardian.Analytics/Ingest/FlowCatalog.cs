using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Ingest;

/// <summary>What ClickHouse says about known flows: the secret of their keys, all keys at start, and whether it has some.</summary>
internal sealed class FlowCatalog(ClickHouseClient client, RetentionWindow window)
{
    /// <summary>Reading the keys of a hundred million flows takes a minute or two.</summary>
    private static readonly TimeSpan LoadLimit = TimeSpan.FromHours(1);

    /// <summary>Time that an insert of a killed predecessor may take to end.</summary>
    private static readonly TimeSpan SettleLimit = TimeSpan.FromMinutes(2);

    private const string KeyColumns = "pod_ip, pod_port, traffic_type, traffic_in_out_ip, traffic_in_out_port, ip_protocol, decision";

    /// <summary>Reads the 128-bit secret that keys are hashed with; writes a random one into a new store. Call under the migration's protection.</summary>
    public async Task<FlowKeyHasher> ReadHasherAsync(CancellationToken cancellationToken)
    {
        var random = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        await client.ExecuteAsync(
            new ClickHouseQuery("""
                INSERT INTO store (name, value)
                SELECT 'dedup_secret', {secret:String} WHERE (SELECT count() FROM store WHERE name = 'dedup_secret') = 0
                """).With("secret", random).WithSetting("async_insert", "0"),
            cancellationToken);
        // Two servers may have written at once: the oldest wins, for both.
        var secret = await client.QuerySingleAsync<Secret>(
            new ClickHouseQuery("SELECT value FROM store WHERE name = 'dedup_secret' ORDER BY written_at, value LIMIT 1"), cancellationToken);
        return new FlowKeyHasher(
            ulong.Parse(secret.Value.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            ulong.Parse(secret.Value.AsSpan(16, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Waits until inserts that a killed predecessor had under way are done, and other changes: only then does the table show what it acknowledged.
    /// </summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SettleLimit);
        while (true)
        {
            // Each server knows its own only, and the predecessor may have used another address.
            var running = await client.QueryEachAsync<Number>(
                new ClickHouseQuery("""
                    SELECT count() AS value FROM system.processes
                    WHERE query_kind NOT IN ('Select', 'KillQuery') AND current_database = currentDatabase() AND query_id LIKE 'kguardian-%'
                    """),
                limit.Token);
            if (running.All(server => server.Value == 0))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    /// <summary>The highest place in the order of arrival, of flows that have expired too; 0 without any.</summary>
    public async Task<long> ReadLastSequenceAsync(CancellationToken cancellationToken) =>
        (await client.QuerySingleAsync<Number>(new ClickHouseQuery("SELECT max(sequence) AS value FROM traffic"), cancellationToken)).Value;

    /// <summary>Loads the keys of flows that have not expired, the newest ones, as many as the index may hold, and says so when there are more.</summary>
    public async Task LoadAsync(FlowKeyHasher hasher, FlowIndex index, Action<long> progress, CancellationToken cancellationToken)
    {
        index.OldestDay = window.OldestDayNumber;
        var oldest = window.OldestDay;
        var total = await client.QuerySingleAsync<Number>(
            new ClickHouseQuery("SELECT count() AS value FROM traffic WHERE arrival_day >= {oldest:Date}").With("oldest", oldest), cancellationToken);
        index.Reserve(total.Value);
        var newest = total.Value > index.Limit ? $"ORDER BY arrival_day DESC LIMIT {index.Limit}" : "";
        if (newest.Length > 0)
        {
            index.MarkIncomplete();
        }

        await using var keys = await client.StreamAsync(
            Keyed($$"""
                SELECT {{FlowKeyHasher.SqlExpression}}, arrival_day FROM traffic WHERE arrival_day >= {oldest:Date} {{newest}}
                FORMAT RowBinary
                """, hasher).With("oldest", oldest) with
            { TimeLimit = LoadLimit },
            cancellationToken);
        await ReadKeysAsync(keys.Body, (key, day) => index.Add(key, day), () => progress(index.Count), cancellationToken);
    }

    /// <summary>Of the given flows, the keys of those that ClickHouse has and that have not expired, with the days of their arrival.</summary>
    public async Task<IReadOnlyDictionary<FlowKey, ushort>> FindAsync(
        FlowKeyHasher hasher, FlowBlock candidates, CancellationToken cancellationToken)
    {
        using var block = new MemoryStream((int)candidates.Bytes + 1024);
        await candidates.WriteAsync(block, cancellationToken);
        var found = new Dictionary<FlowKey, ushort>();
        await using var keys = await client.StreamWithTableAsync(
            Keyed($$"""
                SELECT {{FlowKeyHasher.SqlExpression}}, arrival_day FROM traffic
                WHERE arrival_day >= {oldest:Date} AND ({{KeyColumns}}) IN (SELECT {{KeyColumns}} FROM candidates)
                FORMAT RowBinary
                """, hasher).With("oldest", window.OldestDay).WithSetting("transform_null_in", "1"),
            "candidates", FlowBlock.Structure, block.GetBuffer().AsMemory(0, (int)block.Length), cancellationToken);
        await ReadKeysAsync(keys.Body, (key, day) => found[key] = Math.Max(day, found.GetValueOrDefault(key)), () => { }, cancellationToken);
        return found;
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

    private sealed record Secret(string Value);

    private sealed record Number(long Value);
}
