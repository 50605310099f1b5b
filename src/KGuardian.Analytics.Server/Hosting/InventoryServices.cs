using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.History;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Api.Inventory;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>What is known of pods and services, on every server: those that take nothing in follow the others.</summary>
internal static class InventoryServices
{
    /// <summary>The tier and its routes.</summary>
    public static void AddInventory(this IServiceCollection services, ServerSettings settings)
    {
        services.AddSingleton(settings.Inventory);
        services.AddSingleton(new AnonymousNetworks(settings.AnonymousPodList));
        services.AddSingleton<InventoryMetrics>();
        services.AddSingleton(provider => new InventoryTier(
            provider.GetRequiredService<ClickHouseCluster>(), provider.GetRequiredService<RetentionWindow>(), settings.Inventory,
            writes: settings.Role.HasFlag(ServerRole.Ingest), isShared: settings.SharesStore,
            // Who only answers questions watches no clock, and numbers nothing.
            settings.Role.HasFlag(ServerRole.Ingest) ? provider.GetRequiredService<TrustedClock>() : provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<InventoryMetrics>(), provider.GetRequiredService<ILogger<InventoryTier>>()));
        services.AddSingleton<SpecBodies>();
        services.AddSingleton<PodPostsApi>();
        services.AddSingleton<PodReadsApi>();
        services.AddSingleton<ServicesApi>();
        services.AddSingleton<SyscallsApi>();
        services.AddSingleton<OwnerReader>();
        services.AddSingleton<AddressOwnersApi>();
        services.AddSingleton<NodeFactsApi>();
    }
}
