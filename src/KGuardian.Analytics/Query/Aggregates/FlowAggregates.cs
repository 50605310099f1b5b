using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Rows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>Counts the flows of a selection: all, by dimensions, by time, by edges. Each flow counts once, when it was first seen.</summary>
internal sealed class FlowAggregates(FlowQueryRunner runner)
{
    /// <summary>Rows of one granule: what an index tells apart.</summary>
    private const long GranuleRows = 8192;

    private const string Ages =
        "g.flows AS flows, formatDateTime(g.oldest, '%Y-%m-%dT%H:%i:%S.%fZ') AS first_seen, "
        + "formatDateTime(g.newest, '%Y-%m-%dT%H:%i:%S.%fZ') AS newest_first_seen,";


    /// <summary>How many flows there are, and what counting them read.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<(long Flows, ClickHouseSummary Summary)> CountAsync(FlowSelection selection, CancellationToken cancellationToken)
    {
        var rows = await ReadAsync(selection, CountQuery, 1, cancellationToken);
        return (long.Parse(rows.LastKey!, NumberStyles.None, CultureInfo.InvariantCulture), rows.Summary);
    }

    /// <summary>How many flows there can be, from the index alone: nothing is read.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<CountEstimate> EstimateAsync(FlowSelection selection, CancellationToken cancellationToken)
    {
        var parts = await runner.ReadAsync(selection, shown => runner.QueryShardsAsync<Estimate>(EstimateQuery(shown), cancellationToken));
        var most = parts.Sum(part => part.Rows);
        // Without a filter only the first and the last granule of a part can have rows from outside of the window; but rows are not flows when some repeat.
        var least = runner.RowsMayRepeat || !selection.Filter.Equals(FlowFilter.Everything)
            ? 0
            : Math.Max(0, most - (2 * GranuleRows * parts.Sum(part => part.Parts)));
        return new CountEstimate(least, most);
    }

    /// <summary>The most frequent values of one to three dimensions, and what the others have together.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<(JsonRows Rows, TopRemainder Other)> TopAsync(
        FlowSelection selection, IReadOnlyList<FlowDimension> by, FlowMetric metric, bool collapsePorts, int limit, CancellationToken cancellationToken)
    {
        // The database cuts the groups, so that those left over can be counted.
        var rows = await ReadAsync(
            selection,
            shown => metric == FlowMetric.Flows ? TopQuery(shown, by, collapsePorts, limit) : TopObservedQuery(shown, by, collapsePorts, limit), limit,
            cancellationToken);
        return (rows, TopRemainder.Parse(rows.LastKey));
    }

    /// <summary>New flows a step; steps without any are there, with 0.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<JsonRows> SeriesAsync(FlowSelection selection, TimeSpan step, CancellationToken cancellationToken) =>
        ReadAsync(selection, shown => SeriesSql.NewQuery(shown, step), int.MaxValue, cancellationToken);

    /// <summary>
    /// Observations a step: first ones and repeats. Repeats are known by the hour, so the window's bounds and the step must be whole hours.
    /// </summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<JsonRows> ActivityAsync(FlowSelection selection, TimeSpan step, CancellationToken cancellationToken) =>
        ReadAsync(selection, shown => SeriesSql.ActiveQuery(shown, step), int.MaxValue, cancellationToken);

    /// <summary>Who talks to whom, the pairs of most flows first.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<JsonRows> EdgesAsync(
        FlowSelection selection, IReadOnlyList<FlowDimension> ends, bool collapsePorts, int limit, CancellationToken cancellationToken) =>
        ReadAsync(selection, shown => EdgesQuery(shown, ends, collapsePorts, limit), limit, cancellationToken);

    /// <summary>
    /// Flows as rows, those that differ in nothing but an ephemeral port as one: with how many they are, and when the first and the last of
    /// them were first seen. All of the window is gathered, so there is no going on behind a row: a flow that comes late would change its place.
    /// </summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<JsonRows> CollapsedAsync(
        FlowSelection selection, IReadOnlyList<FlowColumn> columns, bool newestFirst, int limit, CancellationToken cancellationToken) =>
        ReadAsync(
            selection,
            shown => CollapsedQuery(shown, columns, newestFirst, limit)
                // As many groups as flows, at worst: they go to disk before the query's memory is full.
                .WithSetting("max_bytes_before_external_group_by", (runner.MemoryLimitBytes / 4).ToString(CultureInfo.InvariantCulture)),
            limit, cancellationToken);

    internal static ClickHouseQuery CountQuery(ShownFlows shown) =>
        shown.Query(where => $"SELECT 1 AS one, toString(count()) AS {JsonRows.KeyColumn} FROM traffic AS t WHERE {where}");

    // Not count(): ClickHouse would answer the granules inside of the window from their sizes, and estimate only the rest.
    internal static ClickHouseQuery EstimateQuery(ShownFlows shown) =>
        shown.Query(where => $"SELECT rows, parts FROM (EXPLAIN ESTIMATE SELECT t.time_stamp FROM traffic AS t WHERE {where})");

    internal static ClickHouseQuery TopQuery(ShownFlows shown, IReadOnlyList<FlowDimension> by, bool collapsePorts, int limit) =>
        NamedFlows.AreAsked(by)
            ? shown.Query(where => TopNamed(by, collapsePorts, NamedFlows.Groups(by, collapsePorts, where, null), "flows")).With("limit", limit)
        : shown.Query(where => $"""
            WITH
            (
                SELECT (groupArray(hash), any(all_flows), any(all_groups))
                FROM
                (
                    SELECT hash, all_flows, all_groups
                    FROM (SELECT *, sum(flows) OVER () AS all_flows, count() OVER () AS all_groups FROM ({Groups(by, collapsePorts, where)}))
                    ORDER BY flows DESC, hash
                    LIMIT {"{limit:UInt64}"}
                )
            ) AS most
            SELECT {Texts(by, collapsePorts)}, g.flows AS flows,
                concat(toString(greatest(0, most.2 - sum(g.flows) OVER ())), '.', toString(greatest(0, most.3 - count() OVER ())), '.0') AS {JsonRows.KeyColumn}
            FROM
            (
                SELECT {Keys(by, collapsePorts)}, count() AS flows
                FROM traffic AS t
                WHERE {where} AND {Hash(by, collapsePorts)} IN (SELECT arrayJoin(most.1))
                GROUP BY {KeyNames(by)}
            ) AS g
            ORDER BY g.flows DESC, {KeyNames(by)}
            """).With("limit", limit);

    internal ClickHouseQuery TopObservedQuery(ShownFlows shown, IReadOnlyList<FlowDimension> by, bool collapsePorts, int limit) =>
        NamedFlows.AreAsked(by) ? shown.QueryWithActivity((where, _) =>
            TopNamed(by, collapsePorts, NamedFlows.Groups(by, collapsePorts, where, ActivitySql.JoinRepeats(shown, where)), "seen"))
            .With("limit", limit).WithSpillingJoin(runner.MemoryLimitBytes, besides: "hash")
        : shown.QueryWithActivity((where, _) => $"""
            SELECT {Texts(by, collapsePorts)}, g.flows AS flows, g.seen AS observations,
                concat(toString(g.all_flows - sum(g.flows) OVER ()), '.', toString(g.all_groups - count() OVER ()), '.',
                    toString(g.all_seen - sum(g.seen) OVER ())) AS {JsonRows.KeyColumn}
            FROM
            (
                SELECT *, sum(flows) OVER () AS all_flows, count() OVER () AS all_groups, sum(seen) OVER () AS all_seen
                FROM
                (
                    SELECT {Keys(by, collapsePorts)}, count() AS flows, count() + sum(r.repeats) AS seen
                    FROM traffic AS t
                    {ActivitySql.JoinRepeats(shown, where)}
                    WHERE {where}
                    GROUP BY {KeyNames(by)}
                )
                ORDER BY seen DESC, {KeyNames(by)}
                LIMIT {"{limit:UInt64}"}
            ) AS g
            ORDER BY g.seen DESC, {KeyNames(by)}
            """).With("limit", limit).WithSpillingJoin(runner.MemoryLimitBytes);

    internal static ClickHouseQuery EdgesQuery(ShownFlows shown, IReadOnlyList<FlowDimension> ends, bool collapsePorts, int limit) =>
        NamedFlows.AreAsked(ends) ? shown.Query(where => $"""
            SELECT {Texts(ends, collapsePorts)}, {Ages} '' AS {JsonRows.KeyColumn}
            FROM ({NamedFlows.Groups(ends, collapsePorts, where, null)} ORDER BY flows DESC, {KeyNames(ends)} LIMIT {"{limit:UInt64}"}) AS g
            ORDER BY g.flows DESC, {KeyNames(ends)}
            """).With("limit", limit + 1L)
        : shown.Query(where => $"""
            SELECT {Texts(ends, collapsePorts)}, {Ages} '' AS {JsonRows.KeyColumn}
            FROM
            (
                SELECT {Keys(ends, collapsePorts)}, count() AS flows, min(t.time_stamp) AS oldest, max(t.time_stamp) AS newest
                FROM traffic AS t
                WHERE {where}
                    AND {Hash(ends, collapsePorts)} IN (SELECT hash FROM ({Groups(ends, collapsePorts, where)}) ORDER BY flows DESC, hash LIMIT {"{limit:UInt64}"})
                GROUP BY {KeyNames(ends)}
            ) AS g
            ORDER BY g.flows DESC, {KeyNames(ends)}
            """).With("limit", limit + 1L);

    internal static ClickHouseQuery CollapsedQuery(ShownFlows shown, IReadOnlyList<FlowColumn> columns, bool newestFirst, int limit)
    {
        var all = FlowDimension.OfTable;
        var indexed = columns.Select(column => (column.Name, Index: all.Index().First(dimension => dimension.Item.ColumnName == column.Name).Index));
        var texts = string.Join(", ", indexed.Select(column => $"{all[column.Index].Text(KeyName(column.Index), collapsePorts: true)} AS {column.Name}"));
        var order = newestFirst ? "newest DESC" : "oldest";
        return shown.Query(where => $"""
            SELECT {texts}, {Ages} '' AS {JsonRows.KeyColumn}
            FROM
            (
                SELECT {Keys(all, collapsePorts: true)}, count() AS flows, min(t.time_stamp) AS oldest, max(t.time_stamp) AS newest
                FROM traffic AS t
                WHERE {where}
                GROUP BY {KeyNames(all)}
                ORDER BY {order}, {KeyNames(all)}
                LIMIT {"{limit:UInt64}"}
            ) AS g
            ORDER BY g.{order}, {KeyNames(all)}
            """).With("limit", limit + 1L);
    }

    private static string TopNamed(IReadOnlyList<FlowDimension> by, bool collapsePorts, string groups, string counted) => $"""
        SELECT {Texts(by, collapsePorts)}, g.flows AS flows, {(counted == "seen" ? "g.seen AS observations," : "")}
            concat(toString(g.all_flows - sum(g.flows) OVER ()), '.', toString(g.all_groups - count() OVER ()), '.',
                toString(g.all_seen - sum(g.seen) OVER ())) AS {JsonRows.KeyColumn}
        FROM
        (
            SELECT *, sum(flows) OVER () AS all_flows, count() OVER () AS all_groups, sum(seen) OVER () AS all_seen
            FROM ({groups})
            ORDER BY {counted} DESC, {KeyNames(by)}
            LIMIT {"{limit:UInt64}"}
        ) AS g
        ORDER BY g.{counted} DESC, {KeyNames(by)}
        """;

    // Millions of groups are counted by their hash, several times faster than by their texts; those of the most flows are then counted anew by
    // themselves. Should two groups share a hash, once in a million questions of millions of groups, one may stand where another belongs,
    // with its right number. Of groups that have as many flows the hash decides which are cut.
    private static string Groups(IReadOnlyList<FlowDimension> by, bool collapsePorts, string where) =>
        $"SELECT {Hash(by, collapsePorts)} AS hash, count() AS flows FROM traffic AS t WHERE {where} GROUP BY hash";

    // A tuple, as the hash of a NULL by itself is NULL.
    private static string Hash(IReadOnlyList<FlowDimension> by, bool collapsePorts) =>
        $"cityHash64(tuple({string.Join(", ", by.Select(dimension => dimension.Key(collapsePorts)))}))";

    private static string Keys(IReadOnlyList<FlowDimension> by, bool collapsePorts) =>
        string.Join(", ", by.Select((dimension, i) => $"{dimension.Key(collapsePorts)} AS {KeyName(i)}"));

    private static string KeyNames(IReadOnlyList<FlowDimension> by) => string.Join(", ", by.Select((_, i) => KeyName(i)));

    private static string Texts(IReadOnlyList<FlowDimension> by, bool collapsePorts) =>
        string.Join(", ", by.Select((dimension, i) => $"{dimension.Text(KeyName(i), collapsePorts)} AS {dimension.Name}"));

    private static string KeyName(int i) => string.Create(CultureInfo.InvariantCulture, $"key_{i}");

    private Task<JsonRows> ReadAsync(
        FlowSelection selection, Func<ShownFlows, ClickHouseQuery> query, int limit, CancellationToken cancellationToken) =>
        runner.ReadAsync(selection, shown => runner.RowsAsync(query(shown), limit, cancellationToken));

    private sealed record Estimate(long Rows, long Parts);
}
