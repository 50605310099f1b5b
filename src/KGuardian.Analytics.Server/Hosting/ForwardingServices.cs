using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Delivery;
using KGuardian.Analytics.Forwarding.Targets;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Api.Forwarding;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>
/// Events that go elsewhere: on the server that takes flows in, as long as it is the only one, for it alone knows up to where they are complete.
/// </summary>
internal static class ForwardingServices
{
    /// <summary>The routes, and the loops where there are any.</summary>
    public static void AddForwarding(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton<ForwardingApi>();
        if (!settings.Role.HasFlag(ServerRole.Ingest) || settings.Ingest.Servers == IngestServers.Several)
        {
            return;
        }

        services.AddSingleton<ForwardingMetrics>();
        services.AddSingleton(provider => new EventForwarding(
            settings.Forwarding, Channels(provider, settings),
            new TargetAddresses(
                settings.Forwarding.AllowedTargets, settings.ListenAddress.Address,
                [.. settings.ClickHouse.Select(endpoint => endpoint.Url.IdnHost.Trim('[', ']'))]),
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<TrustedClock>(), provider.GetRequiredService<ForwardingMetrics>(),
            provider.GetRequiredService<ILogger<EventForwarding>>()));
    }

    /// <summary>Every channel; the first is what integrations get that name none.</summary>
    private static IReadOnlyList<EventChannel> Channels(IServiceProvider provider, ServerSettings settings)
    {
        var arrivals = provider.GetRequiredService<IngestTier>().Arrivals;
        var events = provider.GetRequiredService<EventProducer>().Order;
        return
        [
            new SecureEventChannel(
                provider.GetRequiredService<FlowQueryRunner>(), provider.GetRequiredService<StoreSecrets>(), settings.Topology.ClusterName,
                () => events.HighWatermark),
            new FlowChannel(
                provider.GetRequiredService<FlowQueryRunner>(), provider.GetRequiredService<StoreSecrets>(), settings.Topology.ClusterName,
                () => arrivals.HighWatermark),
        ];
    }
}
