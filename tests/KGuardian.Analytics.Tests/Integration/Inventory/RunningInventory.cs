using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Inventory;

/// <summary>An inventory that has loaded what a database has.</summary>
internal sealed class RunningInventory : IAsyncDisposable
{
    private readonly ClickHouseClient _client;

    private RunningInventory(ClickHouseClient client, InventoryTier tier) => (_client, Tier) = (client, tier);

    public InventoryTier Tier { get; }

    /// <summary>Starts one; where several share a database, nothing is followed but when a test says so.</summary>
    public static async Task<RunningInventory> StartAsync(
        TestDatabase database, Uri? through = null, bool isShared = false, RetentionWindow? window = null, TimeProvider? clock = null,
        long maxBytes = 1 << 30, bool writes = true,
        ILogger<InventoryTier>? logger = null)
    {
        var client = database.Client(through: through);
        var options = new InventoryOptions { MaxBytes = maxBytes, FollowInterval = TimeSpan.FromHours(1) };
        var tier = new InventoryTier(
            ClickHouseCluster.Of(client), window ?? TestClients.KeepAll, options, writes, isShared, clock ?? TimeProvider.System,
            new InventoryMetrics(Meters.New()),
            logger ?? NullLogger<InventoryTier>.Instance);
        await tier.StartAsync(CancellationToken.None);
        return new RunningInventory(client, tier);
    }

    /// <summary>A pod of a number.</summary>
    public static PodState Pod(int number, string ip = "10.0.0.1", bool isDead = false) =>
        new() { Namespace = "shop", Name = $"pod-{number:0000}", Ip = ip, Node = "node-1", IsDead = isDead, TimeMicros = number, Manifest = "{}"u8.ToArray() };

    public Task<PodState> PutAsync(PodState pod) => Tier.PutAsync(pod, CancellationToken.None);

    public Task<int> EndAsync(string name, string? ip = null) => Tier.PutAsync(new PodDeath(name, ip, Namespace: null), CancellationToken.None);

    /// <summary>What is known of pods, as one text.</summary>
    public string Known() => string.Join(' ', Tier.Pods.All.Select(pod => $"{pod.Name}@{pod.Ip}{(pod.IsDead ? "+" : "")}"));

    public async ValueTask DisposeAsync()
    {
        await Tier.DisposeAsync();
        _client.Dispose();
    }
}
