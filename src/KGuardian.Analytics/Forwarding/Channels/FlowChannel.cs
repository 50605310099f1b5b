using System.Buffers;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>New flows, as the activity audit shows them.</summary>
/// <param name="runner">Reads them, within the limits of <c>Query:*</c> and the retention window.</param>
/// <param name="secrets">Flows are known by one of them.</param>
/// <param name="cluster">The cluster's name; null when none is configured.</param>
/// <param name="complete">The sequence up to which everything is in the table.</param>
internal sealed class FlowChannel(FlowQueryRunner runner, StoreSecrets secrets, string? cluster, Func<long> complete)
    : EventChannel(FlowChannelName, ActivityVocabulary.Of(cluster), complete)
{
    /// <summary>What integrations call it.</summary>
    public const string FlowChannelName = "ACTIVITY_AUDIT";

    private const string Behind = "t.sequence > {after:UInt64} AND t.sequence <= {up_to:UInt64}";

    private static readonly TimeWindow AllTimes = new(FilterTime.Earliest, FilterTime.End);

    /// <inheritdoc/>
    public override ForwardedEvent Write(ReadOnlySequence<byte> row, Utf8JsonWriter json) => FlowEventRow.Read(row).Write(json);

    /// <inheritdoc/>
    public override async Task<Backlog> CountAsync(
        FlowFilter filter, EventPlace after, long knownUpTo, long upTo, CancellationToken cancellationToken)
    {
        var selection = await SelectionAsync(filter, cancellationToken);
        return await runner.ReadAsync(selection, flows => runner.SingleAsync<Backlog>(
            Bound(
                flows.Query(where => $$"""
                    SELECT toInt64(count()) AS events, toInt64(countIf(t.sequence <= {known:UInt64})) AS known_events, toInt64(min(t.sequence)) AS first
                    FROM traffic AS t WHERE {{Behind}} AND {{where}}
                    """),
                after, upTo).With("known", knownUpTo),
            cancellationToken));
    }

    /// <inheritdoc/>
    protected override async Task<ClickHouseResult> SelectAsync(
        FlowFilter filter, EventPlace after, long upTo, int limit, CancellationToken cancellationToken)
    {
        var selection = await SelectionAsync(filter, cancellationToken);
        return await runner.ReadAsync(selection, flows => runner.StreamAsync(
            Bound(
                // What makes ids takes its time: it is for the rows of the answer only, not for all that are behind.
                flows.QueryWithActivity((where, _) => $$"""
                    SELECT {{FlowEventRow.Columns(selection.FlowId!.Expression)}}
                    FROM (SELECT * FROM traffic AS t WHERE {{Behind}} AND {{where}} ORDER BY t.sequence LIMIT {limit:UInt64}) AS t
                    ORDER BY t.sequence
                    FORMAT JSONCompactEachRow
                    """),
                after, upTo).With("limit", limit),
            cancellationToken));
    }

    private static ClickHouseQuery Bound(ClickHouseQuery query, EventPlace after, long upTo) => query.With("after", after.Sequence).With("up_to", upTo);

    private async Task<FlowSelection> SelectionAsync(FlowFilter filter, CancellationToken cancellationToken) =>
        new(AllTimes, filter, FlowIdSql.Of(await secrets.GetHasherAsync(cancellationToken)));
}
