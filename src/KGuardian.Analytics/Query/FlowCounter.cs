using System.Globalization;
using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Query;

/// <summary>Counts the flows of a selection: all, by dimensions, by time, by edges. Each flow counts once, when it was first seen.</summary>
public sealed class FlowCounter(ClickHouseClient client, RetentionWindow window, QueryOptions options)
{
    /// <summary>Rows of one granule: what an index tells apart.</summary>
    private const long GranuleRows = 8192;

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
        var parts = await window.ReadAsync(oldest => client.QueryAsync<Estimate>(
            Limited(EstimateQuery(selection with { Oldest = oldest })).WithGranulesCounted(), cancellationToken));
        var most = parts.Sum(part => part.Rows);
        // Without a filter only the first and the last granule of a part can have rows from outside of the window.
        var least = !selection.Filter.Equals(FlowFilter.Everything) ? 0 : Math.Max(0, most - (2 * GranuleRows * parts.Sum(part => part.Parts)));
        return new CountEstimate(least, most);
    }

    /// <summary>The most frequent values of one to three dimensions, and what the others have together.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<(JsonRows Rows, FlowRest Other)> TopAsync(
        FlowSelection selection, IReadOnlyList<FlowDimension> by, bool collapsePorts, int limit, CancellationToken cancellationToken)
    {
        // The database cuts the groups, so that those left over can be counted.
        var rows = await ReadAsync(selection, shown => TopQuery(shown, by, collapsePorts, limit), limit, cancellationToken);
        return (rows, FlowRest.Parse(rows.LastKey));
    }

    /// <summary>New flows a step; steps without any are there, with 0.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<JsonRows> SeriesAsync(FlowSelection selection, TimeSpan step, CancellationToken cancellationToken) =>
        ReadAsync(selection, shown => SeriesQuery(shown, step), int.MaxValue, cancellationToken);

    /// <summary>Who talks to whom, the pairs of most flows first.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<JsonRows> EdgesAsync(
        FlowSelection selection, IReadOnlyList<FlowDimension> ends, bool collapsePorts, int limit, CancellationToken cancellationToken) =>
        ReadAsync(selection, shown => EdgesQuery(shown, ends, collapsePorts, limit), limit, cancellationToken);

    internal static ClickHouseQuery CountQuery(FlowSelection selection) =>
        selection.Query(where => $"SELECT 1 AS one, toString(count()) AS {JsonRows.KeyColumn} FROM traffic AS t WHERE {where}");

    // Not count(): ClickHouse would answer the granules inside of the window from their sizes, and estimate only the rest.
    internal static ClickHouseQuery EstimateQuery(FlowSelection selection) =>
        selection.Query(where => $"SELECT rows, parts FROM (EXPLAIN ESTIMATE SELECT t.time_stamp FROM traffic AS t WHERE {where})");

    internal static ClickHouseQuery TopQuery(FlowSelection selection, IReadOnlyList<FlowDimension> by, bool collapsePorts, int limit) =>
        selection.Query(where => $"""
            SELECT {Texts(by, collapsePorts)}, g.flows AS flows,
                concat(toString(g.all_flows - sum(g.flows) OVER ()), '.', toString(g.all_groups - count() OVER ())) AS {JsonRows.KeyColumn}
            FROM
            (
                SELECT *, sum(flows) OVER () AS all_flows, count() OVER () AS all_groups
                FROM (SELECT {Keys(by, collapsePorts)}, count() AS flows FROM traffic AS t WHERE {where} GROUP BY {KeyNames(by)})
                ORDER BY flows DESC, {KeyNames(by)}
                LIMIT {"{limit:UInt64}"}
            ) AS g
            ORDER BY g.flows DESC, {KeyNames(by)}
            """).With("limit", limit);

    internal static ClickHouseQuery SeriesQuery(FlowSelection selection, TimeSpan step)
    {
        var seconds = (long)step.TotalSeconds;
        var (from, to) = (TimeWindow.Seconds(selection.Window.From), TimeWindow.Seconds(selection.Window.To.AddTicks(TimeSpan.TicksPerSecond - 1)));
        return selection.Query(where => $"""
            SELECT formatDateTime(toDateTime64(begin, 0, 'UTC'), '%Y-%m-%dT%H:%i:%SZ') AS time, flows, '' AS {JsonRows.KeyColumn}
            FROM
            (
                SELECT intDiv(toUnixTimestamp64Micro(t.time_stamp) - positiveModulo(toUnixTimestamp64Micro(t.time_stamp), {"{step:Int64}"} * 1000000), 1000000)
                    AS begin, count() AS flows
                FROM traffic AS t
                WHERE {where}
                GROUP BY begin
                ORDER BY begin WITH FILL FROM {"{first:Int64}"} TO {"{end:Int64}"} STEP {"{step:Int64}"}
            )
            ORDER BY begin
            """)
            .With("step", seconds)
            .With("first", (long)Math.Floor((decimal)from / seconds) * seconds)
            .With("end", to);
    }

    internal static ClickHouseQuery EdgesQuery(FlowSelection selection, IReadOnlyList<FlowDimension> ends, bool collapsePorts, int limit) =>
        selection.Query(where => $"""
            SELECT {Texts(ends, collapsePorts)}, g.flows AS flows, formatDateTime(g.oldest, '%Y-%m-%dT%H:%i:%S.%fZ') AS first_seen,
                formatDateTime(g.newest, '%Y-%m-%dT%H:%i:%S.%fZ') AS newest_first_seen, '' AS {JsonRows.KeyColumn}
            FROM
            (
                SELECT {Keys(ends, collapsePorts)}, count() AS flows, min(t.time_stamp) AS oldest, max(t.time_stamp) AS newest
                FROM traffic AS t
                WHERE {where}
                GROUP BY {KeyNames(ends)}
                ORDER BY flows DESC, {KeyNames(ends)}
                LIMIT {"{limit:UInt64}"}
            ) AS g
            ORDER BY g.flows DESC, {KeyNames(ends)}
            """).With("limit", limit + 1L);

    private static string Keys(IReadOnlyList<FlowDimension> by, bool collapsePorts) =>
        string.Join(", ", by.Select((dimension, i) => $"{dimension.Key(collapsePorts)} AS {KeyName(i)}"));

    private static string KeyNames(IReadOnlyList<FlowDimension> by) => string.Join(", ", by.Select((_, i) => KeyName(i)));

    private static string Texts(IReadOnlyList<FlowDimension> by, bool collapsePorts) =>
        string.Join(", ", by.Select((dimension, i) => $"{dimension.Text(KeyName(i), collapsePorts)} AS {dimension.Name}"));

    private static string KeyName(int i) => string.Create(CultureInfo.InvariantCulture, $"key_{i}");

    private Task<JsonRows> ReadAsync(
        FlowSelection selection, Func<FlowSelection, ClickHouseQuery> query, int limit, CancellationToken cancellationToken) =>
        window.ReadAsync(oldest => JsonRows.ReadAsync(client, Limited(query(selection with { Oldest = oldest })), limit, cancellationToken));

    private ClickHouseQuery Limited(ClickHouseQuery query) => query with { TimeLimit = options.TimeLimit, MemoryLimitBytes = options.MemoryLimitBytes };

    private sealed record Estimate(long Rows, long Parts);
}
