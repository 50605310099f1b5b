using System.Globalization;
using System.Runtime.InteropServices;
using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Ingest;

/// <summary>What ClickHouse says about known flows: the secret of their keys, all keys at start, and whether it has some.</summary>
internal sealed class FlowCatalog(ClickHouseClient client)
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

    /// <summary>Waits until inserts that a killed predecessor had under way are done: only then does the table show what it acknowledged.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(SettleLimit);
        while (true)
        {
            var running = await client.QuerySingleAsync<Number>(
                new ClickHouseQuery("""
                    SELECT count() AS value FROM system.processes
                    WHERE query_kind = 'Insert' AND current_database = currentDatabase() AND query_id LIKE 'kguardian-%'
                    """),
                limit.Token);
            if (running.Value == 0)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token);
        }
    }

    /// <summary>Loads the newest flows' keys, as many as the index may hold, and says so when there are more.</summary>
    public async Task LoadAsync(FlowKeyHasher hasher, FlowIndex index, Action<long> progress, CancellationToken cancellationToken)
    {
        var total = await client.QuerySingleAsync<Number>(new ClickHouseQuery("SELECT count() AS value FROM traffic"), cancellationToken);
        index.Reserve(total.Value);
        var newest = total.Value > index.Limit ? $"ORDER BY arrival_day DESC LIMIT {index.Limit}" : "";
        if (newest.Length > 0)
        {
            index.MarkIncomplete();
        }

        await using var keys = await client.StreamAsync(
            Keyed($"SELECT {FlowKeyHasher.SqlExpression} FROM traffic {newest} FORMAT RowBinary", hasher) with { TimeLimit = LoadLimit },
            cancellationToken);
        await ReadKeysAsync(keys.Body, batch =>
        {
            foreach (var key in batch.Span)
            {
                index.Add(key);
            }

            progress(index.Count);
        }, cancellationToken);
    }

    /// <summary>Of the given flows, the keys of those that ClickHouse has.</summary>
    public async Task<IReadOnlyCollection<FlowKey>> FindAsync(FlowKeyHasher hasher, FlowBlock candidates, CancellationToken cancellationToken)
    {
        using var block = new MemoryStream((int)candidates.Bytes + 1024);
        await candidates.WriteAsync(block, cancellationToken);
        var found = new HashSet<FlowKey>();
        await using var keys = await client.StreamWithTableAsync(
            Keyed($"""
                SELECT {FlowKeyHasher.SqlExpression} FROM traffic
                WHERE ({KeyColumns}) IN (SELECT {KeyColumns} FROM candidates)
                FORMAT RowBinary
                """, hasher).WithSetting("transform_null_in", "1"),
            "candidates", FlowBlock.Structure, block.GetBuffer().AsMemory(0, (int)block.Length), cancellationToken);
        await ReadKeysAsync(keys.Body, batch =>
        {
            foreach (var key in batch.Span)
            {
                found.Add(key);
            }
        }, cancellationToken);
        return found;
    }

    private static ClickHouseQuery Keyed(string sql, FlowKeyHasher hasher) => new ClickHouseQuery(sql).With("k0", hasher.K0).With("k1", hasher.K1);

    private static async Task ReadKeysAsync(Stream from, Action<ReadOnlyMemory<FlowKey>> take, CancellationToken cancellationToken)
    {
        const int KeyBytes = 16;
        var buffer = new byte[KeyBytes * 16 * 1024];
        var keys = new FlowKey[buffer.Length / KeyBytes];
        while (true)
        {
            var read = await from.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            if (read % KeyBytes != 0)
            {
                throw new InvalidDataException($"ClickHouse sent {read} bytes of keys, which are not whole ones of {KeyBytes} bytes");
            }

            MemoryMarshal.Cast<byte, FlowKey>(buffer.AsSpan(0, read)).CopyTo(keys);
            take(keys.AsMemory(0, read / KeyBytes));
            if (read < buffer.Length)
            {
                return;
            }
        }
    }

    private sealed record Secret(string Value);

    private sealed record Number(long Value);
}
