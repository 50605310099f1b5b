using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Api.SecureEvents;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>Secure events: read on every server, raised where flows come in.</summary>
internal static class EventServices
{
    /// <summary>The reader, and the producer where the role has it.</summary>
    public static void AddEvents(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings.Events);
        services.AddSingleton<EventReader>();
        services.AddSingleton<EventAggregates>();
        services.AddSingleton<SecureEventRequests>();
        services.AddSingleton<SecureEventsApi>();
        services.AddSingleton<SecureEventCountsApi>();
        if (!settings.Role.HasFlag(ServerRole.Ingest))
        {
            return;
        }

        services.AddSingleton<EventMetrics>();
        services.AddSingleton(provider => new EventProducer(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<IngestTier>(), settings.Events,
            settings.Ingest.Servers == IngestServers.One, provider.GetRequiredService<EventMetrics>(), provider.GetRequiredService<TrustedClock>(),
            provider.GetRequiredService<ILogger<EventProducer>>()));
    }
}
