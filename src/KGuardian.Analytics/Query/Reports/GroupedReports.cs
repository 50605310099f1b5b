using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Rows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>
/// Streams all reports of a selection by group. What was seen of them after their first observation must be joined, which takes memory by the
/// row, and spilling it is slow: so the selection is cut into slices of some 100,000 flows, each one query, whose end is where the next begins.
/// </summary>
internal sealed class GroupedReports(FlowQueryRunner runner, TimeProvider clock)
{
    /// <summary>Flows of a slice, which takes ClickHouse some 0.3 s; a second, or a pod's hour, with more flows is a slice by itself.</summary>
    internal int SliceFlows { get; init; } = 100_000;

    /// <summary>The text <c>[{"group":[row, …]}, …]</c>.</summary>
    /// <exception cref="ClickHouseException">A query failed before the first byte; later failures are thrown by the stream.</exception>
    public Task<Stream> StreamAsync(FlowSelection selection, ReportGrouping grouping, CancellationToken cancellationToken) =>
        runner.ReadAsync<Stream>(selection, async shown =>
        {
            // Should days pass meanwhile, a flow that expires and is seen anew stays out: it may have been shown already.
            var newest = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
            var slices = await runner.QueryAsync<ReportSlice>(PlanQuery(shown, grouping, SliceFlows).With("newest", newest), cancellationToken);
            var queries = slices.Select((slice, i) =>
                slice.Bind(SliceQuery(shown, grouping), i == 0 ? ReportSlice.Begin : slices[i - 1]).With("newest", newest));
            return await GroupedRowStream.OpenAsync(queries.Select(query => runner.StreamAsync(query, cancellationToken)));
        });

    /// <summary>The ends of the slices.</summary>
    internal static ClickHouseQuery PlanQuery(ShownFlows shown, ReportGrouping grouping, int flows)
    {
        var seconds = grouping == ReportGrouping.Day ? 1 : 3600;
        return Shown(shown, where => $$"""
            SELECT last.1 AS group, toUnixTimestamp64Micro(last.2) AS micros
            FROM
            (
                SELECT max((prefix, newest)) AS last
                FROM
                (
                    SELECT prefix, newest, intDiv(sum(flows) OVER (ORDER BY prefix, newest) - flows, {slice:UInt64}) AS slice
                    FROM
                    (
                        SELECT {{grouping.Prefix}} AS prefix, intDiv(toUnixTimestamp64Micro(t.time_stamp), {span:Int64}) AS span,
                            max(t.time_stamp) AS newest, count() AS flows
                        FROM traffic AS t
                        WHERE {{where}}
                        GROUP BY prefix, span
                    )
                )
                GROUP BY slice
            )
            ORDER BY last
            """).With("slice", flows).With("span", seconds * TimeSpan.MicrosecondsPerSecond);
    }

    /// <summary>The rows of a slice, as lines of JSON.</summary>
    internal static ClickHouseQuery SliceQuery(ShownFlows shown, ReportGrouping grouping)
    {
        var flowId = shown.FlowId ?? throw new ArgumentException("its flow id's SQL is not known", nameof(shown));
        var query = Shown(shown, where => $$"""
            SELECT {{FlowReport.IdSql("t.flow_id")}} AS id, {{FlowReport.Columns}},
                1 + arraySum(arrayFilter((repeats, day) -> day >= t.arrival_day, a.repeats, a.days)) AS observations,
                {{FlowTimes.Sql("t.time_stamp")}} AS start_time,
                arrayMax(arrayPushBack(arrayFilter((seen, day) -> day >= t.arrival_day, a.last_seen, a.days), {{FlowTimes.Sql("t.time_stamp")}})) AS end_time,
                {{FlowReport.LastColumns}}, UUIDNumToString(t.uuid) AS uuid, {{grouping.Group}} AS {{GroupedRowStream.GroupColumn}}
            FROM (SELECT t.*, {{flowId.Expression}} AS flow_id FROM traffic AS t WHERE {{where}} AND {{grouping.SliceSql}}) AS t
            LEFT ANY JOIN
            (
                SELECT flow_id, groupArray(arrival_day) AS days, groupArray(repeats) AS repeats, groupArray(last_seen) AS last_seen
                FROM
                (
                    SELECT a.flow_id AS flow_id, a.arrival_day AS arrival_day, sum(a.observations) AS repeats,
                        {{FlowTimes.Sql("max(a.last_seen)")}} AS last_seen
                    FROM traffic_activity AS a
                    WHERE a.arrival_day >= {oldest:Date}
                        AND a.flow_id IN (SELECT {{flowId.Expression}} FROM traffic AS t WHERE {{where}} AND {{grouping.SliceSql}})
                    GROUP BY a.flow_id, a.arrival_day
                )
                GROUP BY flow_id
            ) AS a ON a.flow_id = t.flow_id
            ORDER BY {{grouping.Prefix}}, {{FlowOrder.OldestFirst}}
            """);
        return flowId.Bind(FlowTimes.AsIso(query)).InFormat(RowFormat.JsonLines)
            .WithSetting("max_bytes_before_external_sort", NumberedPageReader.SortMemoryBytes);
    }

    private static ClickHouseQuery Shown(ShownFlows shown, Func<string, string> sql) =>
        shown.Query(where => sql($"{where} AND t.arrival_day <= {{newest:Date}}"));
}
