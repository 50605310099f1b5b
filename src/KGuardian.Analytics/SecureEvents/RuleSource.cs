using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// What one rule raises events from on one server of ClickHouse: rows of a table in the order of a number that grows. How far it is needs no notes: up to the
/// last row that an event was raised from everything was, as steps are in order and each is stored wholly or not at all.
/// </summary>
internal sealed class RuleSource
{
    /// <summary>What ids of the statements begin with that raise events, so that those of a server that was killed are found.</summary>
    private const string RaisePrefix = "kguardian-raise-";

    private const string WasDropped = "ifNull(upper(decision) = 'DROP', 0)";
    private const string OfVerdicts = "peer_namespace, peer_name, policy_uid, policy_namespace, policy_name, reason";

    private readonly ClickHouseClient _client;
    private readonly EventRule _rule;
    private readonly string _table;
    private readonly string _number;
    private readonly string _condition;
    private readonly string _select;
    private readonly string _columns;
    private readonly long _floor;
    private readonly Func<ClickHouseQuery, ClickHouseQuery> _bind;
    private long _next = -1;

    /// <summary>A source of rows.</summary>
    /// <param name="client">The server of ClickHouse.</param>
    /// <param name="rule">The rule that raises.</param>
    /// <param name="rows">The table, its growing number, which rows raise an event.</param>
    /// <param name="select">What an event is made of.</param>
    /// <param name="more">Columns that only events of this rule have.</param>
    /// <param name="floor">Rows before this number raise none.</param>
    /// <param name="bind">Binds what the selection names.</param>
    private RuleSource(
        ClickHouseClient client, EventRule rule, (string Table, string Number, string Condition) rows, string select, string more, long floor,
        Func<ClickHouseQuery, ClickHouseQuery> bind)
    {
        (_client, _rule, _select, _floor, _bind) = (client, rule, select, floor, bind);
        (_table, _number, _condition) = rows;
        _columns = string.Join(", ", ((string[])["event_hash", "origin", FlowTable.Names(FlowTable.Stored), more]).Where(names => names.Length > 0));
    }

    /// <summary>The table in which events are looked for. Default the server's own.</summary>
    private string Events { get; init; } = "secure_events";

    /// <summary>Whether several rows may have one event.</summary>
    private bool IsCollapsed { get; init; }

    /// <summary>The rule.</summary>
    public EventRule Rule => _rule;

    /// <summary>The number behind which it goes on; negative before the first step.</summary>
    public long Next => _next;

    /// <summary>The dropped flows of a shard, by the order in which they were loaded.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="hasher">The flows' ids, of which the events' are made.</param>
    public static RuleSource Drops(ClickHouseClient shard, FlowKeyHasher hasher)
    {
        var flowId = FlowIdSql.Of(hasher);
        return new RuleSource(
            shard, EventRule.FlowDropped, ("traffic", "sequence", WasDropped),
            $"sipHash64('{EventRule.FlowDropped.Name}', {flowId.Expression}) AS event_hash, sequence AS origin, {FlowTable.Names(FlowTable.Stored)}",
            "", 0, flowId.Bind);
    }

    /// <summary>
    /// The dropped flows of all shards, of those that differ in the client's ephemeral port only the first one; where an event of such a flow is kept, none.
    /// </summary>
    /// <param name="cluster">The shards; events are on the first one.</param>
    /// <param name="hasher">Its secret goes into the events' ids.</param>
    public static RuleSource CollapsedDrops(ClickHouseCluster cluster, FlowKeyHasher hasher)
    {
        var isPodClient = $"ifNull({FlowRoles.PodClientSql(column => column)}, -1)";
        var texts = string.Join(", ", FlowTable.Key.Where(column => column.Type.IsText).Select(column => $"ifNull({column.Name}, '')"));
        return new RuleSource(
            cluster.Home, EventRule.FlowDropped, ("{front:Identifier}.traffic", "sequence", WasDropped),
            $$"""
            sipHash64Keyed(({k0:UInt64}, {k1:UInt64}), '{{EventRule.FlowDropped.Name}}', {{texts}}, {{PortOf("pod_port", 1)}},
                {{PortOf("traffic_in_out_port", 0)}}) AS event_hash, sequence AS origin, {{FlowTable.Names(FlowTable.Stored)}}
            """,
            "", 0, query => query.With("front", cluster.Front.Database).With("k0", hasher.K0).With("k1", hasher.K1))
        {
            Events = "{front:Identifier}.secure_events",
            IsCollapsed = true,
        };

        // No port is -3.
        string PortOf(string column, int isClient) =>
            $"if({isPodClient} = {isClient} AND {column} >= 0 AND {column} % 65536 >= {FlowRoles.FirstEphemeralPort}, toInt32(-3), {column})";
    }

    /// <summary>The verdicts that would deny, by their ids. The pod is the end that the policy protects.</summary>
    /// <param name="home">Where verdicts are.</param>
    /// <param name="floor">Verdicts before this id were raised, and cleared.</param>
    public static RuleSource Verdicts(ClickHouseClient home, long floor) => new(
        home, EventRule.PolicyWouldDeny, ("audit_verdicts", "id", "verdict = 'WouldDeny'"),
        $"""
        sipHash64('{EventRule.PolicyWouldDeny.Name}', id) AS event_hash, id AS origin, upper(direction) = 'INGRESS' AS is_ingress,
        toFixedString('', 16) AS uuid, nullIf(if(is_ingress, dst_pod, src_pod), '') AS pod_name,
        nullIf(if(is_ingress, dst_namespace, src_namespace), '') AS pod_namespace, NULL AS pod_ip, if(is_ingress, dst_port, -1) AS pod_port,
        nullIf(upper(protocol), '') AS ip_protocol, upper(direction) AS traffic_type, NULL AS traffic_in_out_ip,
        if(is_ingress, -1, dst_port) AS traffic_in_out_port, NULL AS decision, observed_at AS time_stamp, stored_on AS arrival_day,
        toUInt32(4294967295 - toUnixTimestamp(toDateTime('2026-01-01 00:00:00', 'UTC')) - intDiv(id, 512 * 10000)) AS version,
        if(is_ingress, src_namespace, dst_namespace) AS peer_namespace, if(is_ingress, src_pod, dst_pod) AS peer_name,
        policy_uid, policy_namespace, policy_name, reason
        """,
        OfVerdicts, floor, query => query);

    /// <summary>
    /// Ends the statements of a server that was killed, and waits for their end: a step that is stored behind the look at what there is would be raised again,
    /// with other bounds, which nothing takes for the same. Only where no other server raises.
    /// </summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public static Task EndLeftoversAsync(ClickHouseCluster cluster, CancellationToken cancellationToken) => cluster.ExecuteOnShardsAsync(
        new ClickHouseQuery("""
            KILL QUERY WHERE startsWith(query_id, {prefix:String}) AND current_database = currentDatabase() AND user = currentUser() SYNC FORMAT Null
            """).With("prefix", RaisePrefix),
        cancellationToken);

    /// <summary>Raises the next events, up to a place; returns how many, 0 when there are none up to there.</summary>
    /// <param name="end">The last number that counts: nothing comes before it any more. Null for the last one that the table has.</param>
    /// <param name="how">How a step is made.</param>
    /// <param name="allocate">Gives a number of events their places, the first of which it returns.</param>
    /// <param name="cancellationToken">Gives up: the step is done again.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed: call again, nothing is raised twice.</exception>
    public async Task<long> StepAsync(long? end, EventStep how, Func<int, long> allocate, CancellationToken cancellationToken)
    {
        if (_next < 0)
        {
            _next = Math.Max(_floor, await FindBeginAsync(cancellationToken));
        }

        var upTo = end ?? await FindEndAsync(cancellationToken);
        if (upTo < _next && how.Overlap == 0)
        {
            return 0;
        }

        var from = Math.Max(_floor, _next - how.Overlap);
        var step = await FindStepAsync(from, upTo, how, cancellationToken);
        if (step.Events > 0)
        {
            await RaiseAsync(from, step, how, allocate((int)Math.Min(step.Events, int.MaxValue)), cancellationToken);
        }

        // With fewer events than a step takes there are no more up to the place.
        _next = Math.Max(_next, step.Events >= how.Most ? step.Last + 1 : upTo + 1);
        return step.Events;
    }

    private async Task<long> FindBeginAsync(CancellationToken cancellationToken) =>
        await _client.QuerySingleAsync<long>(
            _bind(new ClickHouseQuery($$"""SELECT toInt64(max(e.origin)) AS value FROM {{Events}} AS e WHERE e.rule = {rule:String}"""))
                .With("rule", _rule.Name),
            cancellationToken) is > 0 and var last ? last + 1 : 0;

    private Task<long> FindEndAsync(CancellationToken cancellationToken) =>
        _client.QuerySingleAsync<long>(_bind(new ClickHouseQuery($"SELECT toInt64(max({_number})) AS value FROM {_table}")), cancellationToken);

    private Task<Step> FindStepAsync(long from, long upTo, EventStep how, CancellationToken cancellationToken) =>
        _client.QuerySingleAsync<Step>(
            Bound($$"""
                SELECT toInt64(count()) AS events, toInt64(max(origin)) AS last
                FROM
                (
                    SELECT origin FROM ({{Fresh(how)}})
                    -- numbers of before there were any are all 0, and one step
                    ORDER BY origin LIMIT {most:UInt64} WITH TIES
                )
                """, from, upTo).With("most", how.Most),
            cancellationToken);

    private Task RaiseAsync(long from, Step step, EventStep how, long sequence, CancellationToken cancellationToken) =>
        _client.ExecuteAsync(
            Bound($$"""
                INSERT INTO secure_events (rule, severity, sequence, {{_columns}})
                SELECT {rule:String}, {severity:UInt8}, {sequence:UInt64} + rowNumberInAllBlocks(), {{_columns}}
                FROM (SELECT {{_columns}} FROM ({{Fresh(how)}}) ORDER BY origin, event_hash)
                """, from, step.Last)
                .With("rule", _rule.Name).With("severity", how.Severity).With("sequence", sequence)
                .WithSetting("insert_deduplication_token", string.Create(CultureInfo.InvariantCulture, $"{_rule.Name}/{from}-{step.Last}/{step.Events}"))
                .WithSetting("async_insert", "0").WithSetting("max_threads", "1").WithSetting("max_insert_threads", "1")
                .WithSetting("min_insert_block_size_rows", "1000000000").WithSetting("min_insert_block_size_bytes", "0")
                // Flows that were imported with their age are of many days.
                .WithSetting("max_partitions_per_insert_block", "0")
                with
            { QueryId = $"{RaisePrefix}{Guid.NewGuid():N}" },
            cancellationToken);

    private string Rows =>
        $"SELECT {_select} FROM {_table} WHERE {_number} >= {{from:UInt64}} AND {_number} <= {{up_to:UInt64}} AND {_condition}";

    /// <summary>Where others raise events too, those that are there already are left out; the table merges what still comes twice.</summary>
    private string Fresh(EventStep how) =>
        IsCollapsed ? $"""
            SELECT * FROM ({Rows})
            WHERE event_hash GLOBAL NOT IN
                (SELECT e.event_hash FROM {Events} AS e WHERE e.event_hash GLOBAL IN (SELECT event_hash FROM ({Rows})))
            ORDER BY origin, event_hash LIMIT 1 BY event_hash
            """
        : how.Overlap > 0 ? $$"""
            SELECT * FROM ({{Rows}}) WHERE event_hash NOT IN (SELECT e.event_hash FROM {{Events}} AS e WHERE e.origin >= {from:UInt64})
            """
        : Rows;

    private ClickHouseQuery Bound(string sql, long from, long upTo) => _bind(new ClickHouseQuery(sql).With("from", from).With("up_to", upTo));

    /// <param name="Events">Events that it raises.</param>
    /// <param name="Last">The number of the last one's row.</param>
    private sealed record Step(long Events, long Last);
}

/// <summary>How events are raised.</summary>
/// <param name="Severity">Of those that are raised.</param>
/// <param name="Overlap">
/// How far behind the last number rows may still come, in units of it, where other servers write too; 0 where nobody does: then nothing is looked at twice.
/// </param>
/// <param name="Most">Events of a step: one block, so that it is one insert, which is stored once however often it is sent.</param>
internal sealed record EventStep(int Severity, long Overlap, int Most);
