using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.EndToEnd.Cluster;

/// <summary>Two servers side by side with the same flows: one with three shards, one with all of their rows in one database.</summary>
public sealed class ClusterBesideSingle(ShardNodes nodes) : IAsyncLifetime
{
    private readonly TestDirectory _singleDirectory = new();

    internal ClusterStore Store { get; } = new(nodes);

    internal ServerProcess Cluster { get; private set; } = null!;

    internal ServerProcess Single { get; private set; } = null!;

    private string SingleDatabase => Store.Database + "_single";

    public async ValueTask InitializeAsync()
    {
        (string, string) activity = ("KGUARDIAN_INGEST__ACTIVITYINTERVAL", "00:00:00.100");
        var filling = await Store.StartServerAsync(activity);
        FlowEvent[] events =
        [
            .. RealFlows.Events, .. FlowEvent.Many("pod-of-many", 3000), .. new Samples(1).Flows(400).Select(Event),
            .. FlowEvent.Many("pod-of-one-time", 200).Select(row => row with { TimeStamp = FlowEvent.Time(0) }),
            .. FlowEvent.Many("pod-of-no-uuid", 100).Select(row => row with { TimeStamp = FlowEvent.Time(0), Uuid = Guid.Empty.ToString() }),
        ];
        foreach (var batch in events.Chunk(500))
        {
            await filling.Api.PostBatchAsync(batch);
        }

        // Repeats: some flows once more, some often, at other hours.
        foreach (var hour in Enumerable.Range(0, 4))
        {
            await filling.Api.PostBatchAsync(events.Where((_, n) => n % (hour + 2) == 0)
                .Select(row => row with { TimeStamp = $"2026-05-12T{10 + (2 * hour)}:20:00.000000" }));
        }

        Assert.Equal(0, await filling.StopAsync());
        await CopyAsync();
        Cluster = await Store.StartServerAsync(activity);
        Single = await Store.StartServerAsync(
            _singleDirectory.Path, ("KGUARDIAN_CLICKHOUSE_URL", nodes.Endpoints[1].Url.ToString()), ("KGUARDIAN_CLICKHOUSE_USER", ShardNodes.User),
            ("KGUARDIAN_CLICKHOUSE_PASSWORD", ShardNodes.Password), ("KGUARDIAN_CLICKHOUSE__DATABASE", SingleDatabase));
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Sql.RunAsync(nodes.Endpoints[1], $"DROP DATABASE IF EXISTS {SingleDatabase} SYNC");
        _singleDirectory.Dispose();
    }

    private static FlowEvent Event(StoredFlow flow) => new()
    {
        Uuid = flow.Id.ToString(),
        PodName = flow.PodName,
        PodNamespace = flow.PodNamespace,
        PodIp = flow.PodIp,
        PodPort = Port(flow.PodPort),
        IpProtocol = flow.IpProtocol,
        TrafficType = flow.TrafficType,
        TrafficInOutIp = flow.TrafficInOutIp,
        TrafficInOutPort = Port(flow.TrafficInOutPort),
        Decision = flow.Decision,
        TimeStamp = "2026-03-01T12:00:00.000000",
    };

    private static string? Port(int code) => code switch { -1 => null, -2 => "", _ => new string('0', code / 65536) + (code % 65536) };

    private async Task CopyAsync()
    {
        using var client = new ClickHouseClient(
            [nodes.Endpoints[1]], new ClickHouseClientOptions { Database = SingleDatabase }, NullLogger<ClickHouseClient>.Instance);
        await new Migrator(client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        foreach (var table in new[] { "traffic", "traffic_activity" })
        {
            await Sql.RunAsync(nodes.Endpoints[1], $"INSERT INTO {SingleDatabase}.{table} SELECT * FROM {Store.Database}.{table}");
        }

        await Sql.RunAsync(nodes.Endpoints[1], $"INSERT INTO {SingleDatabase}.store SELECT * FROM {Store.Database}.store WHERE name != 'shards'");
    }
}
