using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Rollups;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Api.Administration;
using KGuardian.Analytics.Server.Api.Import;
using KGuardian.Analytics.Server.Api.Verdicts;
using KGuardian.Analytics.Server.Api.Views;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Auth.Oidc;
using KGuardian.Analytics.Server.Backups;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Upstream;
using KGuardian.Analytics.Verdicts;
using KGuardian.Analytics.Views;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>Backups, and the doctor's checks.</summary>
internal static class AdministrationServices
{
    /// <summary>What administrators ask for.</summary>
    public static void AddAdministration(this IServiceCollection services)
    {
        services.AddSingleton<StoreBackup>();
        services.AddSingleton<BackupCatalog>();
        services.AddSingleton(provider => new BackupInspector(
            provider.GetRequiredService<ClickHouseClient>(), provider.GetRequiredService<LocalNodeHandle>().Backups));
        services.AddSingleton<BackupRunner>();
        services.AddSingleton(Doctor);
        services.AddSingleton<ClockApi>();
        // By the machine's time: versions decide nothing but which of two is newer, and are behind those that are there.
        services.AddSingleton(provider => new SavedViews(provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ViewsApi>();
        services.AddSingleton<ImportApi>();
        services.AddSingleton(provider => new VerdictImport(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<TimeProvider>()));
    }

    private static StoreDoctor Doctor(IServiceProvider provider)
    {
        var window = provider.GetRequiredService<RetentionWindow>();
        var clock = provider.GetRequiredService<TimeProvider>();
        var node = provider.GetRequiredService<LocalNodeHandle>();
        var tier = provider.GetService<IngestTier>();
        var schema = provider.GetRequiredService<StoreMigrator>().NewestVersion;
        var readers = provider.GetRequiredService<StoreReaders>().All.Skip(1).ToArray();
        return new StoreDoctor(
            provider.GetRequiredService<ClickHouseCluster>(),
            [
                new TokensCheck(provider.GetRequiredService<ApiTokens>()),
                .. provider.GetRequiredService<AnonymousNetworks>() is { Networks.Count: > 0 } podList ? new Check[] { new AnonymousCheck(podList) } : [],
                .. provider.GetService<OidcCheck>() is { } issuer ? new Check[] { issuer } : [],
                .. tier is not null ? new Check[] { new IngestCheck(tier), new ClockHoldCheck(provider.GetRequiredService<TrustedClock>()) } : [],
                .. provider.GetService<VerdictForwarder>() is { } verdicts
                    ? new Check[] { new EvaluatorCheck(verdicts, provider.GetRequiredService<VerdictOptions>()) } : [],
                .. provider.GetService<EventProducer>() is { } events ? new Check[] { new EventsCheck(events) } : [],
                .. provider.GetService<RollupBuilder>() is { } rollup ? new Check[] { new RollupCheck(rollup) } : [],
                .. provider.GetService<EventForwarding>() is { } forwarding ? new Check[] { new ForwardingCheck(forwarding) } : [],
                .. provider.GetService<ExportScheduler>() is { } exports ? new Check[] { new ExportsCheck(exports) } : [],
                .. provider.GetService<BrokerCheck>() is { } upstream ? new Check[] { upstream } : [],
                .. node.Checks,
            ],
            client => StoreChecks.Of(client, window, ProgramVersion.Text, schema, clock, readers, node.Backups, tier),
            client => StoreChecks.OfServer(client, window, ProgramVersion.Text, schema, clock),
            tier);
    }
}
