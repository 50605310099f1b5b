using System.Diagnostics.Metrics;
using System.Globalization;
using KGuardian.Analytics.Forwarding.Delivery;

namespace KGuardian.Analytics.Forwarding;

/// <summary>How integrations are, in <c>/metrics</c>.</summary>
internal static class ForwardingGauges
{
    /// <summary>Adds the gauges.</summary>
    /// <param name="meter">Where to.</param>
    /// <param name="all">The integrations that there are.</param>
    /// <param name="clock">Now.</param>
    public static void Add(Meter meter, Func<IReadOnlyList<ForwardedIntegration>> all, TimeProvider clock)
    {
        meter.CreateObservableGauge(
            "kguardian_forwarding_behind_events", () => Of(channel => channel.Behind), description: "Events that were not sent, as they were last counted.");
        meter.CreateObservableGauge(
            "kguardian_forwarding_lag_seconds", () => Of(channel => LagSeconds(channel, NowOf(clock))), "s", "Age of the oldest event that was not sent.");
        meter.CreateObservableGauge("kguardian_forwarding_state", States, description: "1 for the state that an integration is in.");

        IEnumerable<Measurement<double>> Of(Func<ChannelDelivery, double> value) => all().SelectMany(one => one.Channels.Select(channel =>
            new Measurement<double>(value(channel), ForwardingMetrics.Labels(one.Integration.Id, channel.Name))));

        IEnumerable<Measurement<int>> States() => all().SelectMany(one => Enum.GetValues<DeliveryStatus>().Select(status =>
            new Measurement<int>(
                one.Status == status ? 1 : 0,
                new("integration", one.Integration.Id.ToString(CultureInfo.InvariantCulture)), new("state", NameOf(status)))));
    }

    /// <summary>The name of a state.</summary>
    public static string NameOf(DeliveryStatus status) => status switch
    {
        DeliveryStatus.Active => "active",
        DeliveryStatus.BackingOff => "backing-off",
        DeliveryStatus.Failing => "failing",
        _ => "disabled",
    };

    /// <summary>Age of the oldest event that was not sent; 0 without any.</summary>
    /// <param name="channel">A channel of an integration.</param>
    /// <param name="now">Microseconds since 1970.</param>
    public static double LagSeconds(ChannelDelivery channel, long now) => channel.Oldest is > 0 and var oldest
        ? Math.Max(0, Math.Round(TimeSpan.FromMicroseconds(now - oldest).TotalSeconds, 3)) : 0;

    private static long NowOf(TimeProvider clock) => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
