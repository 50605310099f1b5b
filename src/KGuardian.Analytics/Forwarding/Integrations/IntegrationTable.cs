using System.Text.Json;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Forwarding.Integrations;

/// <summary>Stores integrations, with their secrets.</summary>
/// <param name="cluster">The store; they are on its first shard.</param>
/// <param name="versions">Numbers rows.</param>
/// <param name="clock">Ids' time.</param>
internal sealed class IntegrationTable(ClickHouseCluster cluster, RowVersions versions, TimeProvider clock)
{
    /// <summary>Ids count from here: so they fit 32 bits until 2094.</summary>
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _lastId;

    /// <summary>The integrations that there are, in the order of their ids.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<Integration>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("""
                SELECT toInt64(i.id) AS id, toInt64(i.version) AS version, document FROM forwarding_integrations AS i FINAL ORDER BY id
                """),
            cancellationToken);
        versions.GoBehind(rows.Select(row => row.Version).DefaultIfEmpty().Max());
        _lastId = rows.Select(row => row.Id).DefaultIfEmpty().Max();
        return [.. rows.Where(row => row.Document.Length > 0).Select(row => JsonSerializer.Deserialize<Integration>(row.Document)! with { Id = row.Id })];
    }

    /// <summary>A number that no integration has or had.</summary>
    public long NextId() => _lastId = Math.Max(_lastId + 1, (clock.GetUtcNow() - Begin).Ticks / TimeSpan.TicksPerSecond);

    /// <summary>Stores what an integration is now; durable when this returns.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task WriteAsync(Integration integration, CancellationToken cancellationToken) =>
        WriteAsync(integration.Id, JsonSerializer.Serialize(integration), cancellationToken);

    /// <summary>Stores that an integration is no more; durable when this returns.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task DeleteAsync(long id, CancellationToken cancellationToken) => WriteAsync(id, "", cancellationToken);

    // As data of the insert: what is part of a statement stands in logs.
    private Task WriteAsync(long id, string document, CancellationToken cancellationToken) =>
        cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO forwarding_integrations FORMAT JSONEachRow"),
            (stream, cancelled) => JsonSerializer.SerializeAsync(stream, new { id, version = versions.Next(), document }, cancellationToken: cancelled),
            cancellationToken);

    private sealed record Row(long Id, long Version, string Document);
}
