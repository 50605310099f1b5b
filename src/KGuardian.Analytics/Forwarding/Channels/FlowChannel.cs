using System.Buffers;
using System.Text.Json;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>New flows, as the activity audit shows them.</summary>
/// <param name="runner">Reads them, within the limits of <c>Query:*</c> and the retention window.</param>
/// <param name="secrets">Flows are known by one of them.</param>
/// <param name="cluster">The cluster's name; null when none is configured.</param>
/// <param name="complete">The sequence up to which everything is in the table.</param>
internal sealed class FlowChannel(FlowQueryRunner runner, StoreSecrets secrets, string? cluster, Func<long> complete)
    : EventChannel(FlowChannelName, "traffic", ActivityVocabulary.Of(cluster), runner, secrets, complete)
{
    /// <summary>What integrations call it.</summary>
    public const string FlowChannelName = "ACTIVITY_AUDIT";

    /// <inheritdoc/>
    public override ForwardedEvent Write(ReadOnlySequence<byte> row, Utf8JsonWriter json) => FlowEventRow.Read(row).Write(json);

    /// <inheritdoc/>
    // What makes ids takes its time: it is for the rows of the answer only, not for all that are behind.
    protected override ClickHouseQuery Rows(ShownFlows shown, FlowFilter filter) => shown.QueryWithActivity((where, _) => $$"""
        SELECT {{FlowEventRow.Columns(shown.FlowId!.Expression)}}
        FROM (SELECT * FROM traffic AS t WHERE {{Behind}} AND {{where}} ORDER BY t.sequence LIMIT {limit:UInt64}) AS t
        ORDER BY t.sequence
        FORMAT JSONCompactEachRow
        """);
}
