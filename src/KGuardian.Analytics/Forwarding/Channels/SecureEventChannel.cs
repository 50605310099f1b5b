using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>
/// Secure events in the order in which they were raised. Those that would have happened, under policies that are not enforced, only where a filter asks for a
/// category or a rule.
/// </summary>
/// <param name="runner">Reads them, within the limits of <c>Query:*</c> and the retention window.</param>
/// <param name="secrets">Flows are known by one of them.</param>
/// <param name="cluster">The cluster's name; null when none is configured.</param>
/// <param name="complete">The sequence up to which everything is in the table.</param>
internal sealed class SecureEventChannel(FlowQueryRunner runner, StoreSecrets secrets, string? cluster, Func<long> complete)
    : EventChannel(ChannelName, "secure_events", EventVocabulary.Of(cluster), runner, secrets, complete)
{
    /// <summary>What integrations call it.</summary>
    public const string ChannelName = "POLICY_EVENTS";

    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    };

    /// <inheritdoc/>
    public override ForwardedEvent Write(ReadOnlySequence<byte> row, Utf8JsonWriter json)
    {
        var reader = new Utf8JsonReader(row);
        var named = JsonSerializer.Deserialize<NamedEvent>(ref reader, SnakeCase)!;
        var found = named with { Names = ActivityNames.Read(named.OwnNames, named.PeerService) };
        SecureEventJson.Write(json, found, cluster, cursor: null);
        return new ForwardedEvent(new EventPlace(found.Sequence, ""), found.Id.ToString(), found.Micros, found.Severity, found.Rule, FieldsOf(found));
    }

    /// <inheritdoc/>
    protected override string Shows(FlowFilter filter) => EventRows.ShownBy(filter);

    /// <inheritdoc/>
    protected override ClickHouseQuery Rows(ShownFlows shown, FlowFilter filter) => shown.Query(where => NameSql.With(
        $$"""
        SELECT {{EventReader.Columns}}, {{ActivityNames.Columns}}
        -- names are looked up for the rows of the answer, which are many: all names at once
        FROM
        (
            SELECT * FROM secure_events AS t WHERE {{Behind}} AND {{where}} AND {{Shows(filter)}}
            ORDER BY t.sequence LIMIT {limit:UInt64}
        ) AS t
        ORDER BY t.sequence
        FORMAT JSONEachRow
        """,
        ActivityNames.Gathered));

    private static IReadOnlyList<(string Name, string Value)> FieldsOf(SecureEvent found)
    {
        var ends = EventEnds.Of(found);
        (string Name, string? Value)[] fields =
        [
            ("id", found.Id.ToString()), ("namespace", found.PodNamespace), ("pod", found.PodName), ("clientIp", ends.Client.Ip),
            ("clientPort", Text(ends.Client.Port)), ("serverIp", ends.Server.Ip), ("serverPort", Text(ends.Server.Port)), ("protocol", found.IpProtocol),
            ("decision", found.Decision), ("policy", found.PolicyName.Length > 0 ? $"{found.PolicyNamespace}/{found.PolicyName}" : null),
        ];
        return [.. fields.Where(field => field.Value is { Length: > 0 }).Select(field => (field.Name, field.Value!))];
    }

    /// <summary>An event with its names as <see cref="ActivityNames.Columns"/> selects them.</summary>
    private sealed record NamedEvent(string? OwnNames, string? PeerService) : SecureEvent;

    private static string? Text(int? port) => port?.ToString(CultureInfo.InvariantCulture);
}
