using KGuardian.Analytics.Query;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Topology;

/// <summary>Reads the catalog of names, and keeps it for as long as names do not change. Safe for concurrent use.</summary>
internal sealed class NameCatalogReader(FlowQueryRunner runner) : IDisposable
{
    private const string Current = "SELECT concat(toString(max(version)), '/', toString(count())) AS value FROM name_history";

    // Of each key the spans of its newest version.
    private static readonly string SpansSql = $"""
        SELECT toString(h.subject) AS subject, h.key AS key, toUnixTimestamp64Micro(h.valid_from) AS begin, toUnixTimestamp64Micro(h.valid_to) AS end,
            toString(h.type) AS type, toString(h.namespace) AS namespace, h.name AS name, toString(h.node) AS node, toString(h.workload_kind) AS kind,
            h.workload AS workload, if(empty(h.labels), '', toJSONString(h.labels)) AS labels,
            {EndKeySql.Of("'Pod'", "h.namespace", "h.name")} AS pod_key,
            {EndKeySql.Of("toString(h.workload_kind)", "h.namespace", "h.workload")} AS workload_key,
            {EndKeySql.Of("'Namespace'", "''", "h.namespace")} AS namespace_key, {EndKeySql.Of("'Node'", "''", "h.node")} AS node_key,
            {EndKeySql.Of("'Service'", "h.namespace", "h.name")} AS service_key, cityHash64(toString(h.namespace)) AS space_hash
        FROM name_history AS h
        WHERE (h.subject, h.key, h.version) IN (SELECT l.subject, l.key, max(l.version) FROM name_history AS l GROUP BY l.subject, l.key)
            AND h.valid_from < h.valid_to
        ORDER BY subject, key, begin
        """;

    private const string SelectorsSql = """
        SELECT ifNull(s.svc_namespace, '') AS namespace, ifNull(s.svc_name, '') AS name,
            toJSONString(JSONExtract(argMax(s.service_spec, s.sequence), 'spec', 'selector', 'Map(String, String)')) AS selector
        FROM service_states AS s WHERE ifNull(s.svc_name, '') != '' GROUP BY namespace, name
        """;

    private const string OnHostSql = """
        SELECT concat(p.pod_namespace, '/', p.pod_name) AS value FROM pod_states AS p
        GROUP BY p.pod_namespace, p.pod_name HAVING argMax(p.on_host, p.sequence)
        """;

    private readonly SemaphoreSlim _reading = new(1);
    private (string Version, NameCatalog Catalog)? _kept;

    /// <summary>The catalog as of now.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public async Task<NameCatalog> ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            var version = await runner.SingleAsync<string>(new ClickHouseQuery(Current), cancellationToken);
            if (_kept is not { } kept || kept.Version != version)
            {
                // What changes meanwhile is read again with the next question.
                _kept = kept = (version, new NameCatalog(
                    await runner.QueryAsync<NameSpan>(new ClickHouseQuery(SpansSql), cancellationToken),
                    await runner.QueryAsync<ServiceSelector>(new ClickHouseQuery(SelectorsSql), cancellationToken),
                    await runner.QueryAsync<string>(new ClickHouseQuery(OnHostSql), cancellationToken)));
            }

            return kept.Catalog;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reading.Dispose();
}
