using System.Diagnostics.Metrics;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Storage;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>ClickHouse and what the store is to every tier: schema, facts, retention, disks, the log of administrative acts.</summary>
internal static class StoreServices
{
    /// <summary>ClickHouse itself.</summary>
    /// <param name="services">Where they are registered.</param>
    /// <param name="settings">The server's.</param>
    /// <param name="endpoints">ClickHouse's addresses.</param>
    /// <param name="node">The local node; null for a ClickHouse of the user's.</param>
    public static void AddClickHouse(this IServiceCollection services, ServerSettings settings, IReadOnlyList<ClickHouseEndpoint> endpoints, LocalNode? node)
    {
        services.AddSingleton(settings.Client);
        services.AddSingleton(provider => new LocalNodeHandle(node, provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton(provider => new ClickHouseClient(
            endpoints, settings.Client with { Settings = FrontSettings(settings) }, provider.GetRequiredService<ILogger<ClickHouseClient>>()));
        services.AddSingleton(provider => Cluster(provider, settings));
        services.AddSingleton(provider => new StoreReaders(
            provider.GetRequiredService<ClickHouseClient>(), node, settings.Client, provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<ClickHouseHealth>();
        services.AddSingleton<EndpointMetrics>();
    }

    /// <summary>The store in it.</summary>
    public static void AddStore(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(_ => new TrustedClock(TimeProvider.System, ClockWitness.OfKernel()));
        services.AddSingleton<ClockLog>();
        services.AddSingleton(StoreSchema.Migrations);
        services.AddSingleton<StoreMigrator>();
        services.AddSingleton(provider => new StoreFacts(provider.GetRequiredService<ClickHouseCluster>()));
        services.AddSingleton<StoreSecrets>();
        services.AddSingleton(settings.Storage);
        services.AddSingleton(settings.Retention);
        services.AddSingleton<StorageTiers>();
        services.AddSingleton(_ => new RetentionWindow());
        services.AddSingleton(provider => new RetentionPolicy(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<RetentionWindow>(), settings.Retention,
            provider.GetService<IngestTier>() is { } tier ? tier.ForgetExpired : null, settings.SharesStore, provider.GetRequiredService<TrustedClock>(),
            provider.GetRequiredService<ILogger<RetentionPolicy>>()));
        // Who only answers questions watches no clock: what it writes down decides nothing.
        services.AddSingleton(provider => new AdminEventLog(
            provider.GetRequiredService<ClickHouseCluster>(),
            settings.Role.HasFlag(ServerRole.Ingest) ? provider.GetRequiredService<TrustedClock>() : provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<ILogger<AdminEventLog>>()));
        services.AddSingleton<AdminEventReader>();
        services.AddSingleton(provider => new StoreMetrics(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<ClickHouseHealth>(), provider.GetRequiredService<RetentionWindow>(),
            settings.DataDirectory, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IMeterFactory>(),
            provider.GetRequiredService<ILogger<StoreMetrics>>()));
        services.AddSingleton<StoreStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<StoreStartup>());
    }

    /// <summary>What questions about all flows need, whatever they are.</summary>
    private static Dictionary<string, string> FrontSettings(ServerSettings settings)
    {
        var front = new Dictionary<string, string>();
        if (settings.Cluster is not null)
        {
            // A part of a question that looks at all shards is answered once and sent to them: flows from before a shard was
            // added are not beside their repeats.
            front["distributed_product_mode"] = "global";
            // Never a part of the answer as if it were all.
            front["skip_unavailable_shards"] = "0";
        }

        if (settings.Query.RowsMayRepeat)
        {
            front["final"] = "1";
            // A row of an expired partition that is still there came first, and would hide the one that came anew: partitions are left out before.
            front["defer_partition_pruning_after_final"] = "0";
        }

        return front;
    }

    private static ClickHouseCluster Cluster(IServiceProvider provider, ServerSettings settings)
    {
        var front = provider.GetRequiredService<ClickHouseClient>();
        if (settings.Cluster is not { } name)
        {
            return ClickHouseCluster.Of(front);
        }

        var own = settings.Client with { Database = settings.Client.Database + ClickHouseCluster.ShardSuffix };
        var log = provider.GetRequiredService<ILogger<ClickHouseClient>>();
        return new ClusterDiscovery(
            name, settings.ClickHouse, endpoints => new ClickHouseClient(endpoints, own, log), provider.GetRequiredService<ILogger<ClusterDiscovery>>())
            .Cluster(front);
    }
}
