using System.Globalization;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>Stores that an earlier version migrated and filled, under the server of today.</summary>
public sealed class UpgradeTests
{
    /// <summary>The store's secret; a server of that version wrote it at its first start.</summary>
    private const string Secret = "000102030405060708090a0b0c0d0e0f";

    /// <summary>
    /// Usually the first, the first with a secret, the first whose flows have numbers, and the last one: MigratorTests goes through all without a server.
    /// </summary>
    public static IEnumerable<TheoryDataRow<int>> EarlierVersions =>
        from version in Enumerable.Range(1, StoreSchema.Migrations.Count - 1)
        let isUsual = version is 1 or 4 or 6 || version == StoreSchema.Migrations.Count - 1
        select isUsual ? new TheoryDataRow<int>(version) : new TheoryDataRow<int>(version).WithTrait("Length", "Long");

    [Theory]
    [MemberData(nameof(EarlierVersions))]
    public async Task Store_of_an_earlier_schema_keeps_its_flows_and_goes_on(int version)
    {
        await using var store = await RemoteStore.CreateEmptyAsync();
        using var client = new ClickHouseClient(
            [store.Endpoint], new ClickHouseClientOptions { Database = store.Database }, NullLogger<ClickHouseClient>.Instance);
        await FillAsync(client, version);

        await using (var server = await store.StartServerAsync())
        {
            await AssertServesAsync(server);
            Assert.Equal($"{StoreSchema.Migrations.Count}", await store.SqlAsync("SELECT max(version) FROM kguardian.schema_migrations"));
            await AssertNumberedAsync(store);
            Assert.Equal(0, await server.StopAsync());
        }

        // Once is enough: the next start finds nothing to do, and the same.
        await using var again = await store.StartServerAsync();
        Assert.Equal(0, await again.Api.PostBatchAsync(RealFlows.Events));
        Assert.Equal(105, (await again.Api.GetRowsAsync("/pod/traffic")).Length);
    }

    [Fact]
    public async Task Data_directory_of_the_first_schema_keeps_its_flows_and_goes_on()
    {
        using var directory = new TestDirectory();
        await using (var node = new LocalNode(new LocalNodeOptions { DataDirectory = directory.Path, MemoryShare = 0.15 }, NullLogger<LocalNode>.Instance))
        {
            await node.StartAsync(CancellationToken.None);
            using var client = new ClickHouseClient([node.Endpoint], new ClickHouseClientOptions(), NullLogger<ClickHouseClient>.Instance);
            await FillAsync(client, version: 1);
        }

        await using var server = await ServerProcess.StartAsync(directory.Path);
        await AssertServesAsync(server);
    }

    /// <summary>Migrates up to a version, no further, and stores the real flows as a server of that version did.</summary>
    private static async Task FillAsync(ClickHouseClient client, int version)
    {
        await new Migrator(client, [.. StoreSchema.Migrations.Take(version)], NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        var values = string.Join(",\n", RealFlows.Rows.Select(Values));
        await client.ExecuteAsync(new ClickHouseQuery($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port,
                                 decision, time_stamp, arrival_day, version)
            VALUES {values}
            """));
        if (version >= 4)
        {
            await client.ExecuteAsync(new ClickHouseQuery($"INSERT INTO store (name, value) VALUES ('dedup_secret', '{Secret}')"));
        }

        Assert.Equal(version, (await client.QuerySingleAsync<Number>(new ClickHouseQuery("SELECT max(version) AS value FROM schema_migrations"))).Value);
    }

    // Nothing of an observed flow needs quoting but null.
    private static string Values(FlowEvent row)
    {
        static string Text(string? text) => text is null ? "NULL" : $"'{text}'";
        static string Port(string? port) =>
            port switch { null => "-1", "" => "-2", _ => int.Parse(port, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) };
        return $"""
            (unhex('{row.Uuid!.Replace("-", "", StringComparison.Ordinal)}'), {Text(row.PodName)}, {Text(row.PodNamespace)}, {Text(row.PodIp)}, {Port(row.PodPort)},
             {Text(row.IpProtocol)}, {Text(row.TrafficType)}, {Text(row.TrafficInOutIp)}, {Port(row.TrafficInOutPort)}, {Text(row.Decision)},
             '{row.TimeStamp}', today(), 4294967295 - toUnixTimestamp(now()))
            """;
    }

    private static async Task AssertServesAsync(ServerProcess server)
    {
        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
        Assert.Equal(104, await server.Api.GetMetricAsync("kguardian_dedup_known_flows"));
        // All are known, each counts once more in the activity, and a new one is one.
        Assert.Equal(0, await server.Api.PostBatchAsync(RealFlows.Events));
        Assert.Equal(1, await server.Api.PostBatchAsync([.. RealFlows.Events, FlowEvent.Of(FlowEvent.NewPod(), 1)]));
        await server.Api.LoadedAsync();
        Assert.Contains("\"flows\":105", await server.Api.GetTextAsync("/api/v1/flows/count?from=2020-01-01&to=2030-01-01"), StringComparison.Ordinal);
        using var retention = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/api/v1/flow-reports/retention?dry_run=7"));
        Assert.True(retention.IsSuccessStatusCode);
        Assert.Contains("\"activity_code\"", await server.Api.GetTextAsync("/api/events/audit"), StringComparison.Ordinal);
        await server.HealthyAsync();
    }

    // Flows of before have no place in the order of arrival, those of now have one.
    private static async Task AssertNumberedAsync(RemoteStore store)
    {
        Assert.Equal("104\t1", await store.SqlAsync("SELECT countIf(sequence = 0), countIf(sequence > 0) FROM kguardian.traffic"));
        await Patience.UntilAsync("the indexes of old parts are built", async () =>
            await store.SqlAsync($"SELECT count() FROM system.mutations WHERE database = '{store.Database}' AND NOT is_done") == "0");
    }

    private sealed record Number(int Value);
}
