using System.Collections.Concurrent;
using System.Security.Cryptography;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Store;

/// <summary>The 128-bit secrets in the table <c>store</c>, which every server of a store shares; read once.</summary>
internal sealed class StoreSecrets(ClickHouseCluster cluster)
{
    /// <summary>Signs cursors.</summary>
    public const string Cursor = "cursor_secret";

    /// <summary>Part of the hash by which flows are known.</summary>
    public const string Dedup = "dedup_secret";

    private readonly ConcurrentDictionary<string, byte[]> _known = new();

    /// <summary>A secret; a random one is written into a store that has none.</summary>
    /// <exception cref="ClickHouseException">ClickHouse did not answer.</exception>
    public async ValueTask<byte[]> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(name, out var known))
            return known;
        await cluster.Home.ExecuteAsync(
            new ClickHouseQuery("""
                INSERT INTO store (name, value)
                SELECT {name:String}, {secret:String} WHERE (SELECT count() FROM store WHERE name = {name:String}) = 0
                """).With("name", name).With("secret", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))).WithSetting("async_insert", "0"),
            cancellationToken);
        // Two servers may have written at once: the oldest wins, for both.
        var secret = await cluster.Home.QuerySingleAsync<string>(
            new ClickHouseQuery("SELECT value FROM store WHERE name = {name:String} ORDER BY written_at, value LIMIT 1").With("name", name),
            cancellationToken);
        return _known.GetOrAdd(name, Convert.FromHexString(secret));
    }
}
