using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Verdicts;

/// <summary>Reads verdicts, newest first.</summary>
internal sealed class VerdictReader(ClickHouseCluster cluster)
{
    private const string Columns = """
        SELECT toInt64(v.id) AS id, v.policy_uid AS policy_uid, v.policy_namespace AS policy_namespace, v.policy_name AS policy_name,
            v.direction AS direction, v.src_namespace AS src_namespace, v.src_pod AS src_pod, v.dst_namespace AS dst_namespace,
            v.dst_pod AS dst_pod, v.dst_port AS dst_port, v.protocol AS protocol, v.reason AS reason,
            formatDateTime(v.observed_at, '%Y-%m-%dT%H:%i:%S.%f') AS observed_at, v.verdict AS verdict
        FROM audit_verdicts AS v
        """;

    /// <summary>The newest verdicts of a filter.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public Task<IReadOnlyList<AuditVerdict>> NewestAsync(VerdictFilter filter, int limit, CancellationToken cancellationToken)
    {
        var conditions = new List<string>();
        var query = new ClickHouseQuery("").With("limit", limit);
        foreach (var (column, value) in new[]
        {
            ("policy_name", filter.Policy), ("policy_namespace", filter.Namespace), ("verdict", filter.Verdict), ("direction", filter.Direction),
        })
        {
            if (value is not null)
            {
                conditions.Add($"v.{column} = {{{column}:String}}");
                query = query.With(column, value);
            }
        }

        return cluster.Home.QueryAsync<AuditVerdict>(
            query with
            {
                Sql = $$"""
                    {{Columns}}
                    {{(conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}")}}
                    ORDER BY v.id DESC
                    LIMIT {limit:UInt64}
                    """,
            },
            cancellationToken);
    }

    /// <summary>The verdicts of ids, which stand with commas between them.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public Task<IReadOnlyList<AuditVerdict>> OfIdsAsync(string ids, CancellationToken cancellationToken) =>
        cluster.Home.QueryAsync<AuditVerdict>(
            new ClickHouseQuery($"{Columns} WHERE v.id IN splitByChar(',', {{ids:String}})::Array(UInt64)").With("ids", ids), cancellationToken);

    /// <summary>The last id that was given; 0 without any.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<long> ReadLastIdAsync(CancellationToken cancellationToken) =>
        await cluster.Home.QueryAsync<long>(
            new ClickHouseQuery("SELECT toInt64(v.id) AS value FROM audit_verdicts AS v ORDER BY v.id DESC LIMIT 1"), cancellationToken) is [var last]
            ? last : 0;
}
