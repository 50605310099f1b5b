using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Pages;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>
/// Reads numbered pages, newest first, and counts what is on all of them. The further back a page, the more rows are read to get there: at most
/// those that are counted. What was seen of a page's flows after their first observation is looked up for them alone.
/// </summary>
internal sealed class NumberedPageReader(FlowQueryRunner runner, TimeProvider clock)
{
    private readonly PagePlanner _planner = new(runner, clock);

    /// <summary>What a sort may take before it goes to disk: far more than the usual page, far less than Query:MemoryLimitBytes.</summary>
    internal const string SortMemoryBytes = "268435456";

    /// <summary>A page of <paramref name="size"/> flows behind the newest <paramref name="offset"/>.</summary>
    /// <param name="selection">The flows; it knows the flow id's SQL.</param>
    /// <param name="columns">Select list for <typeparamref name="T"/>'s own properties, of <c>traffic AS t</c>.</param>
    /// <param name="offset">How many newer flows are not on it.</param>
    /// <param name="size">How many there can be.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    internal Task<FlowPage<T>> ReadAsync<T>(FlowSelection selection, string columns, long offset, int size, CancellationToken cancellationToken)
        where T : FlowRow =>
        runner.ReadAsync(selection, async shown =>
        {
            var rows = RowsAsync<T>(shown, columns, offset, size, cancellationToken);
            var total = runner.SingleAsync<long>(CountQuery(shown), cancellationToken);
            await Task.WhenAll(rows, total);
            return new FlowPage<T>(await rows, await total);
        });

    internal static ClickHouseQuery PageQuery(ShownFlows shown, string columns, long offset, int size)
    {
        var flowId = shown.FlowId ?? throw new ArgumentException("its flow id's SQL is not known", nameof(shown));
        var query = shown.Query(where => $"""
            SELECT {columns}, UUIDNumToString(t.uuid) AS uuid, {FlowTimes.TextSql("t.time_stamp")} AS start_time, start_time AS end_time,
                toUInt64(1) AS observations, {flowId.Expression} AS flow_id, t.arrival_day AS arrival_day
            FROM traffic AS t
            WHERE {where} AND {FlowOrder.First(where, newestFirst: true, "{size:UInt64} + {offset:UInt64}")}
            ORDER BY {FlowOrder.NewestFirst}
            LIMIT {"{size:UInt64}"} OFFSET {"{offset:UInt64}"}
            """);
        return flowId.Bind(query).With("size", size).With("offset", offset)
            .WithSetting("max_bytes_before_external_sort", SortMemoryBytes);
    }

    internal static ClickHouseQuery CountQuery(ShownFlows shown) =>
        shown.Query(where => $"SELECT count() AS value FROM traffic AS t WHERE {where}");

    internal static ClickHouseQuery ActivityQuery(IEnumerable<ulong> flows, DateOnly oldest) =>
        new ClickHouseQuery($$"""
            SELECT a.flow_id AS flow_id, a.arrival_day AS arrival_day, sum(a.observations) AS repeats, {{FlowTimes.TextSql("max(a.last_seen)")}} AS last_seen
            FROM traffic_activity AS a
            WHERE a.flow_id IN ({flows:Array(UInt64)}) AND a.arrival_day >= {oldest:Date}
            GROUP BY a.flow_id, a.arrival_day
            """).With("flows", $"[{string.Join(',', flows)}]").With("oldest", oldest);

    private async Task<IReadOnlyList<T>> RowsAsync<T>(ShownFlows shown, string columns, long offset, int size, CancellationToken cancellationToken)
        where T : FlowRow
    {
        var query = await _planner.ChooseAsync(
            PageQuery(shown, columns, offset, size), shown, (int)Math.Min(offset + size, int.MaxValue), cancellationToken);
        var rows = await runner.QueryAsync<T>(query, cancellationToken);
        if (rows.Count == 0)
        {
            return rows;
        }

        var repeats = (await runner.QueryAsync<FlowActivity>(ActivityQuery(rows.Select(row => row.FlowId), shown.Oldest), cancellationToken))
            .ToLookup(activity => activity.FlowId);
        return [.. rows.Select(row => repeats[row.FlowId].Where(activity => activity.ArrivalDay >= row.ArrivalDay).Aggregate(row, With))];
    }

    private static T With<T>(T row, FlowActivity activity)
        where T : FlowRow => row with
        {
            Observations = row.Observations + activity.Repeats,
            EndTime = string.CompareOrdinal(activity.LastSeen, row.EndTime) > 0 ? activity.LastSeen : row.EndTime,
        };
}
