using System.Diagnostics.Metrics;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Api.Flows;
using KGuardian.Analytics.Server.Api.Traffic;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Verdicts;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>The tier that takes events in.</summary>
internal static class IngestServices
{
    /// <summary>What every server knows of ingest; the tier itself where the role has it.</summary>
    public static void AddIngest(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings.Ingest);
        services.AddSingleton(settings.Dedup);
        services.AddSingleton<IngestMetrics>();
        // On every server: where there is no tier, its requests are refused before.
        services.AddSingleton<TrafficIngestApi>();
        services.AddSingleton<FlowIngestApi>();
        if (!settings.Role.HasFlag(ServerRole.Ingest))
        {
            return;
        }

        services.AddSingleton(provider => new IngestTier(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<ClickHouseHealth>(), settings.Ingest, settings.Dedup,
            provider.GetRequiredService<RetentionWindow>(), IngestDirectories.In(settings.DataDirectory), provider.GetRequiredService<TrustedClock>(),
            provider.GetRequiredService<IngestMetrics>(), provider.GetRequiredService<ILogger<IngestTier>>())
        {
            // Null without an evaluator: then new flows cost nothing more.
            Stored = provider.GetService<VerdictForwarder>() is { } verdicts ? verdicts.Offer : null,
        });
        services.AddSingleton(provider => new ClockWatch(
            provider.GetRequiredService<TrustedClock>(), new ClockFile(settings.DataDirectory, provider.GetRequiredService<ILogger<ClockFile>>()),
            token => ClickHouseClock.ReadAsync(provider.GetRequiredService<ClickHouseCluster>(), token), provider.GetRequiredService<ClockLog>(),
            provider.GetRequiredService<AdminEventLog>(), provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<ILogger<ClockWatch>>()));
        services.AddSingleton<IngestSessions>();
    }
}
