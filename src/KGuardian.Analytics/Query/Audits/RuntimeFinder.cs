using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Audits;

/// <summary>Finds the pods that names and UIDs mean: in the inventory's states, and in the flows that are kept.</summary>
internal sealed class RuntimeFinder(FlowQueryRunner runner)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string Uid = "JSONExtractString(p.pod_obj, 'metadata', 'uid')";

    /// <summary>When a pod of a name became another one: its UIDs, each from its first state, or from its creation, on.</summary>
    private const string BeginsSql = $$"""
        SELECT p.pod_namespace AS namespace, p.pod_name AS name, {{Uid}} AS uid,
            toUnixTimestamp64Micro(min(least(p.valid_from, ifNull(p.created_at, p.valid_from)))) AS begin
        FROM pod_states AS p
        WHERE (p.pod_namespace, p.pod_name) IN (JSONExtract({pods:String}, 'Array(Tuple(String, String))')) AND {{Uid}} != ''
        GROUP BY namespace, name, uid
        ORDER BY begin
        """;

    private const string OfUidSql = $$"""
        SELECT DISTINCT p.pod_namespace AS namespace, p.pod_name AS name FROM pod_states AS p WHERE {{Uid}} = {uid:String}
        ORDER BY namespace, name LIMIT 1
        """;

    private const string NamespacesSql = """
        SELECT DISTINCT n.namespace AS value FROM
        (
            SELECT p.pod_namespace AS namespace FROM pod_states AS p WHERE p.pod_name = {name:String}
            UNION DISTINCT
            SELECT ifNull(t.pod_namespace, '') FROM traffic AS t WHERE t.pod_name = {name:String} AND t.arrival_day >= {oldest:Date}
        ) AS n
        ORDER BY value
        """;

    /// <summary>The pods that a text means: of a UID that one, of namespace/name that one, of a name those of every namespace.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public async Task<IReadOnlyList<Runtime>> FindAsync(string text, CancellationToken cancellationToken)
    {
        if (Guid.TryParseExact(text, "D", out _) && await OfUidAsync(text, cancellationToken) is { } pod)
        {
            return [pod];
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var name = text[(slash + 1)..];
        var found = await runner.ReadAsync(oldest => runner.QueryAsync<string>(
            new ClickHouseQuery(NamespacesSql).With("name", name).With("oldest", SqlDate.Of(oldest)), cancellationToken));
        return [.. found.Where(space => slash < 0 || space == text[..slash]).Select(space => new Runtime(space, name))];
    }

    /// <summary>Audits with the UIDs that their pods had when their newest flow was first seen.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    internal async Task<IReadOnlyList<EgressAudit>> WithUidsAsync(IReadOnlyList<EgressAudit> audits, CancellationToken cancellationToken)
    {
        var pods = audits.Where(audit => audit.PodName.Length > 0).Select(audit => new Runtime(audit.PodNamespace, audit.PodName)).Distinct().ToArray();
        if (pods.Length == 0)
        {
            return audits;
        }

        var begins = (await BeginsAsync(pods, cancellationToken)).ToLookup(row => (row.Namespace, row.Name));
        return
        [
            .. audits.Select(audit => audit with
            {
                Uid = begins[(audit.PodNamespace, audit.PodName)].LastOrDefault(row => row.Begin <= audit.Newest)?.Uid,
            }),
        ];
    }

    private async Task<Runtime?> OfUidAsync(string uid, CancellationToken cancellationToken)
    {
        var pods = await runner.QueryAsync<Runtime>(new ClickHouseQuery(OfUidSql).With("uid", uid), cancellationToken);
        if (pods is not [var pod])
        {
            return null;
        }

        var begins = await BeginsAsync([pod], cancellationToken);
        var at = begins.ToList().FindIndex(row => row.Uid == uid);
        var begin = Time(begins[at].Begin);
        var end = at + 1 < begins.Count ? Time(begins[at + 1].Begin) : FilterTime.End;
        return pod with { Window = new TimeWindow(begin, end) };
    }

    private Task<IReadOnlyList<UidBegin>> BeginsAsync(IEnumerable<Runtime> pods, CancellationToken cancellationToken) => runner.QueryAsync<UidBegin>(
        new ClickHouseQuery(BeginsSql).With("pods", JsonSerializer.Serialize(pods.Select(pod => new[] { pod.Namespace, pod.Name }), Relaxed)),
        cancellationToken);

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    private sealed record UidBegin(string Namespace, string Name, string Uid, long Begin);
}
