using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.AdminAudit;

/// <summary>Reads administrative acts, newest first.</summary>
internal sealed class AdminEventReader(ClickHouseCluster cluster)
{
    /// <summary>Most events of one answer.</summary>
    public const int MaxEvents = 10_000;

    /// <summary>The newest events.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public Task<IReadOnlyList<AdminEvent>> NewestAsync(int limit, CancellationToken cancellationToken) =>
        cluster.Home.QueryAsync<AdminEvent>(
            new ClickHouseQuery("""
                SELECT id, formatDateTime(a.time, '%Y-%m-%dT%H:%i:%S.%fZ') AS time, activity, activity_code, initiator_id, initiator_name,
                       target_id, meta
                FROM admin_events AS a
                ORDER BY id DESC
                LIMIT {limit:UInt64}
                """).With("limit", limit),
            cancellationToken);
}
