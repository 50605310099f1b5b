using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Rows;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Reads events, by ranges and one by one.</summary>
internal sealed class EventReader(FlowQueryRunner runner)
{
    /// <summary>What <see cref="SecureEvent"/> has, of rows of <c>secure_events AS t</c>; names are found for rows that are shown.</summary>
    public static readonly string Columns =
        "toUnixTimestamp64Micro(t.time_stamp) AS micros, t.event_hash AS hash, toInt64(t.sequence) AS sequence, t.rule AS rule, t.severity AS severity, "
        + $"{RowSelect.Columns(FlowTable.Shown, RowFormat.JsonLines)}, t.peer_namespace AS peer_namespace, t.peer_name AS peer_name, "
        + "t.policy_uid AS policy_uid, t.policy_namespace AS policy_namespace, t.policy_name AS policy_name, t.reason AS reason";

    private readonly ActivityNameReader _names = new(runner);

    /// <summary>The events of a filter and a category.</summary>
    /// <param name="filter">What is true of them, in the words of <see cref="EventVocabulary"/>.</param>
    /// <param name="flowId">The flows' ids, for filters on observations.</param>
    /// <param name="category">Which of them.</param>
    public IEventSource<SecureEvent> Source(FlowFilter filter, FlowIdSql flowId, EventCategory category) =>
        new Filtered(runner, filter, flowId, EventRows.IsOf(category));

    /// <summary>The event of an id, whatever its category; null when there is none, or none any more.</summary>
    /// <exception cref="KGuardian.ClickHouse.Client.ClickHouseException">The query failed.</exception>
    public async Task<SecureEvent?> FindAsync(FlowEventId id, FlowIdSql flowId, CancellationToken cancellationToken)
    {
        var source = new Filtered(runner, FlowFilter.Everything, flowId, $"t.event_hash = {id.FlowId}");
        var range = EventRange.Of(id.Window);
        return await source.ReadAsync(range, newestFirst: true, limit: 1, cancellationToken) is [var found] && found.Id == id
            ? (await DescribeAsync([found], cancellationToken))[0] : null;
    }

    /// <summary>Events with the names of their ends as of their time.</summary>
    /// <exception cref="KGuardian.ClickHouse.Client.ClickHouseException">A query failed.</exception>
    public async Task<IReadOnlyList<SecureEvent>> DescribeAsync(IReadOnlyList<SecureEvent> events, CancellationToken cancellationToken)
    {
        var names = await _names.ReadAsync(
            [.. events.Select(one => ActivityEnds.Of(one.PodNamespace, one.PodName, one.TrafficInOutIp, one.Micros))], cancellationToken);
        return [.. events.Select((one, at) => one with { Names = names[at] })];
    }

    private sealed class Filtered(FlowQueryRunner runner, FlowFilter filter, FlowIdSql flowId, string condition) : IEventSource<SecureEvent>
    {
        public EventPosition PositionOf(SecureEvent row) => row.Position;

        public Task<IReadOnlyList<SecureEvent>> ReadAsync(EventRange range, bool newestFirst, int limit, CancellationToken cancellationToken)
        {
            var order = newestFirst ? "t.time_stamp DESC, t.event_hash DESC" : "t.time_stamp, t.event_hash";
            return runner.ReadAsync(new FlowSelection(range.Window, filter, flowId), shown => runner.QueryAsync<SecureEvent>(
                RangeSql.Bind(
                    shown.Query(where => $$"""
                        SELECT {{Columns}} FROM {{EventRows.From(runner)}} WHERE {{where}} AND {{condition}}{{RangeSql.Ties(range, "t.event_hash")}}
                        ORDER BY {{order}} LIMIT {limit:UInt64}
                        """),
                    range).With("limit", limit),
                cancellationToken));
        }

        public Task<long> CountAsync(EventRange range, CancellationToken cancellationToken) =>
            runner.ReadAsync(new FlowSelection(range.Window, filter, flowId), shown => runner.SingleAsync<long>(
                RangeSql.Bind(
                    shown.Query(where => $"""
                        SELECT toInt64(count()) AS value FROM {EventRows.From(runner)} WHERE {where} AND {condition}{RangeSql.Ties(range, "t.event_hash")}
                        """),
                    range),
                cancellationToken));
    }
}
