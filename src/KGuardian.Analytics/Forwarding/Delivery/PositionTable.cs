using System.Text.Json;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>Stores how far integrations are: of all that have changed in one insert.</summary>
/// <param name="cluster">The store; positions are on its first shard.</param>
/// <param name="versions">Numbers rows.</param>
internal sealed class PositionTable(ClickHouseCluster cluster, RowVersions versions)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Every position.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyDictionary<(long Integration, string Channel), ChannelProgress>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("""
                SELECT toInt64(p.integration) AS integration, p.channel AS channel, toInt64(p.version) AS version, toInt64(p.sequence) AS sequence, event_id,
                    toInt64(passed) AS passed, toInt64(dead_lettered) AS dead_lettered, toInt64(known_up_to) AS known_up_to, toInt64(known_events) AS known_events,
                    toInt64(lost_events) AS lost_events, toInt64(lost_from) AS lost_from, toInt64(lost_to) AS lost_to, toInt64(last_delivered) AS last_delivered
                FROM forwarding_positions AS p FINAL
                """),
            cancellationToken);
        versions.GoBehind(rows.Select(row => row.Version).DefaultIfEmpty().Max());
        return rows.ToDictionary(row => (row.Integration, row.Channel), row => new ChannelProgress(new EventPlace(row.Sequence, row.EventId))
        {
            Passed = row.Passed,
            DeadLettered = row.DeadLettered,
            KnownUpTo = row.KnownUpTo,
            KnownEvents = row.KnownEvents,
            LostEvents = row.LostEvents,
            LostFrom = row.LostFrom,
            LostTo = row.LostTo,
            LastDelivered = row.LastDelivered,
        });
    }

    /// <summary>Stores positions; they are durable when this returns.</summary>
    /// <exception cref="ClickHouseException">They may not be stored; they may be stored again.</exception>
    public Task WriteAsync(IEnumerable<(long Integration, string Channel, ChannelProgress Progress)> positions, CancellationToken cancellationToken) =>
        cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO forwarding_positions FORMAT JSONEachRow"),
            async (stream, cancelled) =>
            {
                foreach (var (integration, channel, progress) in positions)
                {
                    var row = new Row(
                        integration, channel, versions.Next(), progress.Place.Sequence, progress.Place.Id, progress.Passed, progress.DeadLettered,
                        progress.KnownUpTo, progress.KnownEvents, progress.LostEvents, progress.LostFrom, progress.LostTo, progress.LastDelivered);
                    await JsonSerializer.SerializeAsync(stream, row, SnakeCase, cancelled);
                }
            },
            cancellationToken);

    private sealed record Row(
        long Integration, string Channel, long Version, long Sequence, string EventId, long Passed, long DeadLettered, long KnownUpTo, long KnownEvents,
        long LostEvents, long LostFrom, long LostTo, long LastDelivered);
}
