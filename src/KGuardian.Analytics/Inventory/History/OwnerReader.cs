using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Inventory.History;

/// <summary>Reads whose an address was.</summary>
/// <param name="cluster">The store.</param>
internal sealed class OwnerReader(ClickHouseCluster cluster)
{
    /// <summary>The spans of an address that a window has a part of, newest first.</summary>
    /// <param name="address">An address of IPv4 or IPv6 in any spelling.</param>
    /// <param name="from">Begin of the window, microseconds since 1970.</param>
    /// <param name="to">Its end, not part of it.</param>
    /// <param name="limit">Most spans.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<AddressOwner>> ReadAsync(string address, long from, long to, int limit, CancellationToken cancellationToken)
    {
        // Of an address the rows of its highest version count.
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery($$"""
                SELECT toUnixTimestamp64Micro(h.valid_from) AS begin, toUnixTimestamp64Micro(h.valid_to) AS end, h.type AS type,
                    h.namespace AS namespace, h.name AS name, h.node AS node, h.workload_kind AS workload_kind, h.workload AS workload
                FROM name_history AS h
                WHERE h.subject = 'address' AND (h.key, h.version) IN
                    (
                        SELECT n.key, max(n.version) FROM name_history AS n
                        WHERE n.subject = 'address' AND n.key = {{HistorySql.Address("{address:String}")}} GROUP BY n.key
                    )
                    AND h.type != '' AND begin < {to:Int64} AND end > {from:Int64}
                ORDER BY begin DESC
                LIMIT {limit:UInt64}
                """).With("address", address).With("from", from).With("to", to).With("limit", limit),
            cancellationToken);
        return
        [
            .. rows.Select(row => new AddressOwner(
                row.Begin, row.End >= HistorySql.AlwaysMicros ? null : row.End, row.Type, row.Namespace, row.Name, row.Node, row.WorkloadKind, row.Workload)),
        ];
    }

    private sealed record Row(long Begin, long End, string Type, string Namespace, string Name, string Node, string WorkloadKind, string Workload);
}
