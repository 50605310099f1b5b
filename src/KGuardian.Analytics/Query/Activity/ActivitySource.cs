using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>
/// Flows in the order of events: by when they were first seen, then by their id. The id is made of seven columns, so it is asked of flows of one time only.
/// </summary>
/// <param name="runner">Runs the queries.</param>
/// <param name="planner">Chooses between the projection by time and skip indexes.</param>
/// <param name="flows">The filter, and the flow id's SQL; its window is that of each range.</param>
internal sealed class ActivitySource(FlowQueryRunner runner, PagePlanner planner, FlowSelection flows) : IEventSource<ActivityRow>
{
    private const string Columns = """
        t.arrival_day AS arrival_day, t.pod_name AS pod_name, t.pod_namespace AS pod_namespace, t.pod_ip AS pod_ip, t.pod_port AS pod_port,
            t.traffic_in_out_ip AS peer_ip, t.traffic_in_out_port AS peer_port, t.ip_protocol AS protocol, t.traffic_type AS direction, t.decision AS decision
        """;

    /// <inheritdoc/>
    public EventPosition PositionOf(ActivityRow row) => new(row.Micros, row.FlowId);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ActivityRow>> ReadAsync(EventRange range, bool newestFirst, int limit, CancellationToken cancellationToken) =>
        runner.ReadAsync(flows with { Window = range.Window }, async shown =>
        {
            var query = await planner.ChooseAsync(RowsQuery(shown, range, newestFirst, limit), shown, limit, cancellationToken);
            return await runner.QueryAsync<ActivityRow>(query, cancellationToken);
        });

    /// <inheritdoc/>
    public async Task<long> CountAsync(EventRange range, CancellationToken cancellationToken) =>
        (await Task.WhenAll(Parts(range).Select(part => runner.ReadAsync(
            flows with { Window = part.Window }, shown => runner.SingleAsync<long>(CountQuery(shown, part), cancellationToken))))).Sum();

    /// <summary>How many flows are in each step; steps without any are not there.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<IReadOnlyDictionary<long, long>> CountAsync(EventWindow window, EventSteps steps, CancellationToken cancellationToken)
    {
        var counts = await runner.ReadAsync(flows with { Window = window.Times }, shown => runner.QueryAsync<StepCount>(
            StepsQuery(shown).With("step", steps.Step / NanosecondTime.OfMicrosecond), cancellationToken));
        return counts.ToDictionary(count => count.Step - (steps.First / steps.Step), count => count.Flows);
    }

    internal static ClickHouseQuery RowsQuery(ShownFlows shown, EventRange range, bool newestFirst, int limit)
    {
        var id = shown.FlowId!;
        return Bind(
            shown.Query(where =>
            {
                var rows = $"{where}{RangeSql.Ties(range, id.Expression)}";
                var order = newestFirst ? "DESC" : "ASC";
                return $$"""
                    SELECT toUnixTimestamp64Micro(t.time_stamp) AS micros, {{id.Expression}} AS flow_id, {{Columns}}
                    FROM traffic AS t
                    WHERE {{rows}} AND {{FlowOrder.First(rows, newestFirst, "{limit:UInt64}")}}
                    ORDER BY t.time_stamp {{order}}, flow_id {{order}}
                    LIMIT {limit:UInt64}
                    """;
            }),
            range, id).With("limit", limit);
    }

    internal static ClickHouseQuery CountQuery(ShownFlows shown, EventRange range)
    {
        var id = shown.FlowId!;
        return Bind(shown.Query(where => $"SELECT count() AS value FROM traffic AS t WHERE {where}{RangeSql.Ties(range, id.Expression)}"), range, id);
    }

    // Before 1970 and behind what 64 bits of nanoseconds hold are the first and the last of them, as in answers.
    internal static ClickHouseQuery StepsQuery(ShownFlows shown) => shown.Query(where => $$"""
        SELECT intDiv(least(greatest(toUnixTimestamp64Micro(t.time_stamp), 0), 9223372036854775), {step:Int64}) AS step, count() AS flows
        FROM traffic AS t
        WHERE {{where}}
        GROUP BY step
        """);

    private static ClickHouseQuery Bind(ClickHouseQuery query, EventRange range, FlowIdSql id) => RangeSql.Bind(id.Bind(query), range);

    /// <summary>A range as its first microsecond, its last, and what is between: ids are asked for in the two only.</summary>
    private static IEnumerable<EventRange> Parts(EventRange range)
    {
        var (first, last) = (range.IsTiedFrom ? range.From?.Position.Micros : null, range.IsTiedTo ? range.To?.Position.Micros : null);
        if (first is not null && first == range.To?.Position.Micros)
        {
            yield return range;
            yield break;
        }

        if (first is { } begin)
        {
            yield return range with { To = new(new EventPosition(begin + 1, 0), IsInclusive: false) };
        }

        yield return new EventRange(
            first is { } tied ? new(new EventPosition(tied + 1, 0), IsInclusive: true) : range.From,
            last is { } end ? new(new EventPosition(end, 0), IsInclusive: false) : range.To);
        if (last is { } tail)
        {
            yield return range with { From = new(new EventPosition(tail, 0), IsInclusive: true) };
        }
    }

    private sealed record StepCount(long Step, long Flows);
}
