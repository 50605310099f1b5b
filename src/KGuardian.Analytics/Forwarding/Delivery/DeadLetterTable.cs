using System.Globalization;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>Keeps the events that targets refused and that were given up, for people to look at.</summary>
/// <param name="cluster">The store; they are on its first shard.</param>
/// <param name="clock">The believed time.</param>
internal sealed class DeadLetterTable(ClickHouseCluster cluster, TimeProvider clock)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Keeps an event; it is durable when this returns.</summary>
    /// <param name="integration">Whose target refused it.</param>
    /// <param name="channel">Where it comes from.</param>
    /// <param name="refused">The event.</param>
    /// <param name="json">Its JSON.</param>
    /// <param name="reason">What the target said.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ClickHouseException">It may not be kept; keeping it again is harmless.</exception>
    public Task AddAsync(
        long integration, string channel, ForwardedEvent refused, ReadOnlyMemory<byte> json, string reason, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var row = new
        {
            RefusedOn = now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            RefusedAt = now.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture),
            Integration = integration,
            Channel = channel,
            refused.Place.Sequence,
            EventId = refused.Id,
            Reason = reason,
            Event = Encoding.UTF8.GetString(json.Span),
        };
        return cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO forwarding_dead_letters FORMAT JSONEachRow")
                // Kept again after a try of which nobody knows, it is there once.
                .WithSetting("insert_deduplication_token", $"{integration}/{channel}/{refused.Id}")
                .WithSetting("date_time_input_format", "best_effort"),
            (stream, cancelled) => JsonSerializer.SerializeAsync(stream, row, SnakeCase, cancelled),
            cancellationToken);
    }
}
