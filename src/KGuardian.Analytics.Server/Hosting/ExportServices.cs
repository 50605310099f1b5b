using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Sources;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Api.Exports;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Topology;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>
/// Exports by schedule: on the server that has both tiers, as long as no other one takes flows in, for it alone knows up to where they are complete. What can
/// be exported, and previews, are on every server that answers questions.
/// </summary>
internal static class ExportServices
{
    private const string Directory = "exports";

    /// <summary>The routes, and the schedules where there are any.</summary>
    public static void AddExports(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings.Exports);
        services.AddSingleton(provider => new ExportPreviews(
            Sources(provider, provider.GetRequiredService<FlowQueryRunner>(), settings), provider.GetRequiredService<StoreSecrets>()));
        services.AddSingleton<ExportConfigApi>();
        services.AddSingleton<ExportSchedulesApi>();
        services.AddSingleton<ExportFilesApi>();
        if (settings.Role != ServerRole.All || settings.Ingest.Servers == IngestServers.Several)
        {
            return;
        }

        services.AddSingleton<ExportMetrics>();
        services.AddSingleton(provider => Scheduler(provider, settings));
    }

    private static ExportScheduler Scheduler(IServiceProvider provider, ServerSettings settings)
    {
        var cluster = provider.GetRequiredService<ClickHouseCluster>();
        var clock = provider.GetRequiredService<TrustedClock>();
        var runner = new FlowQueryRunner(
            cluster, provider.GetRequiredService<RetentionWindow>(), settings.Query with { TimeLimit = settings.Exports.TimeLimit, IsBackground = true });
        var sources = Sources(provider, runner, settings);
        var ingest = provider.GetRequiredService<IngestTier>();
        var files = new FileStore(Path.Combine(settings.DataDirectory, Directory));
        var order = new ExportOrder(
            (place, cancellationToken) => ingest.SealAsync(place, cancellationToken).AsTask(), provider.GetRequiredService<EventProducer>().SealAsync);
        return new ExportScheduler(
            settings.Exports, sources, new ExportRunner(sources, order, provider.GetRequiredService<StoreSecrets>(), files, settings.Exports, clock), files,
            settings.Exports.Bucket is { } bucket ? new Bucket(bucket) : null, cluster, clock, () => clock.Hold is null,
            provider.GetRequiredService<ExportMetrics>(), provider.GetRequiredService<ILogger<ExportScheduler>>());
    }

    private static IReadOnlyList<ExportSource> Sources(IServiceProvider provider, FlowQueryRunner runner, ServerSettings settings)
    {
        var clock = provider.GetRequiredService<TimeProvider>();
        return
        [
            new FlowSource(runner, clock), new EdgeSource(runner, provider.GetRequiredService<TopologyMetrics>(), clock),
            new EventSource(runner, settings.Topology.ClusterName),
        ];
    }
}
