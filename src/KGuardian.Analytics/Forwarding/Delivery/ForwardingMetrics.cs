using System.Diagnostics.Metrics;
using System.Globalization;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>Counters of forwarding; gauges are read from their owner. Names are those of <c>/metrics</c>.</summary>
internal sealed class ForwardingMetrics
{
    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _retried;
    private readonly Counter<long> _deadLettered;
    private readonly Counter<long> _lost;
    private readonly Counter<long> _bytes;

    /// <summary>Creates the instruments.</summary>
    public ForwardingMetrics(IMeterFactory meters)
    {
        Meter = meters.Create("KGuardian.Analytics.Forwarding");
        _sent = Meter.CreateCounter<long>("kguardian_forwarding_sent_total", description: "Events that targets took; sent again counts again.");
        _failed = Meter.CreateCounter<long>("kguardian_forwarding_failed_total", description: "Events of tries that failed.");
        _retried = Meter.CreateCounter<long>("kguardian_forwarding_retried_total", description: "Events that were sent again.");
        _deadLettered = Meter.CreateCounter<long>(
            "kguardian_forwarding_dead_lettered_total", description: "Events that the target refused and that were given up, see forwarding_dead_letters.");
        _lost = Meter.CreateCounter<long>(
            "kguardian_forwarding_lost_total", description: "Events that expired or were cleared before they were delivered.");
        _bytes = Meter.CreateCounter<long>("kguardian_forwarding_bytes_total", description: "Bytes that were sent to targets.");
        WriteFailures = Meter.CreateCounter<long>(
            "kguardian_forwarding_position_failures_total", description: "Tries to store how far integrations are that failed.");
    }

    /// <summary>The meter, for gauges of other owners.</summary>
    public Meter Meter { get; }

    internal Counter<long> WriteFailures { get; }

    /// <summary>Labels of an integration's channel.</summary>
    public static KeyValuePair<string, object?>[] Labels(long integration, string channel) =>
        [new("integration", integration.ToString(CultureInfo.InvariantCulture)), new("channel", channel)];

    /// <summary>A series that begins with its first count has not increased, for Prometheus.</summary>
    public void Begin(long integration, string channel)
    {
        var labels = Labels(integration, channel);
        foreach (var counter in new[] { _sent, _failed, _retried, _deadLettered, _lost, _bytes })
        {
            counter.Add(0, labels);
        }
    }

    /// <summary>The target took events.</summary>
    public void Sent(long integration, string channel, int events, long bytes)
    {
        _sent.Add(events, Labels(integration, channel));
        _bytes.Add(bytes, Labels(integration, channel));
    }

    /// <summary>A try failed.</summary>
    public void Failed(long integration, string channel, int events) => _failed.Add(events, Labels(integration, channel));

    /// <summary>Events go on their way once more.</summary>
    public void Retried(long integration, string channel, long events) => _retried.Add(events, Labels(integration, channel));

    /// <summary>An event was given up.</summary>
    public void DeadLettered(long integration, string channel) => _deadLettered.Add(1, Labels(integration, channel));

    /// <summary>Events are gone.</summary>
    public void Lost(long integration, string channel, long events) => _lost.Add(events, Labels(integration, channel));
}
