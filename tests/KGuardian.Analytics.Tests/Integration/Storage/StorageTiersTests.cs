using System.Globalization;
using KGuardian.Analytics.Storage;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Storage;

/// <summary>Old days on a second disk of a local node, whose configuration also refuses to drop anything larger than a byte.</summary>
public sealed class StorageTiersTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly LocalNodeOptions _options;

    public StorageTiersTests()
    {
        _options = new LocalNodeOptions
        {
            DataDirectory = Path.Combine(_directory.Path, "data"),
            MemoryShare = 0.1,
            Cold = new ColdDisk { Path = Path.Combine(_directory.Path, "cold") },
        };
        var (other, archive) = (Path.Combine(_directory.Path, "other") + "/", Path.Combine(_directory.Path, "archive") + "/");
        var more = Directory.CreateDirectory(Path.Combine(_options.DataDirectory, "clickhouse", "config.d"));
        File.WriteAllText(
            Path.Combine(more.FullName, "limits.xml"),
            "<clickhouse><max_partition_size_to_drop>1</max_partition_size_to_drop><max_table_size_to_drop>1</max_table_size_to_drop></clickhouse>");
        File.WriteAllText(
            Path.Combine(more.FullName, "policies.xml"),
            $"""
            <clickhouse><storage_configuration>
                <disks>
                    <fast><type>local</type><path>{other}</path></fast>
                    <archive><type>local</type><path>{archive}</path></archive>
                </disks>
                <policies>
                    <own><volumes><default><disk>default</disk></default><attic><disk>archive</disk></attic></volumes></own>
                    <apart><volumes><first><disk>fast</disk></first><attic><disk>archive</disk></attic></volumes></apart>
                </policies>
            </storage_configuration></clickhouse>
            """);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Days_move_by_age_reads_and_dedup_go_on_over_both_disks_and_retention_drops_from_both()
    {
        await using var node = await StartNodeAsync(_options);
        await using var store = await StartStoreAsync(node);
        var newest = store.Clock.Today;
        await using var tiers = await ApplyAsync(store.Client, coldAfterDays: 5);

        await Patience.UntilAsync(async () => await DisksAsync(store) == "cold,cold,default");
        Assert.NotEmpty(Directory.EnumerateFiles(_options.Cold!.Path!, "checksums.txt", SearchOption.AllDirectories));
        Assert.Equal(9, (await store.ReadAsync()).Length);
        Assert.Equal(0, await store.PostAsync([.. FlowEvent.Many("oldest", 3), .. FlowEvent.Many("older", 3)]));

        // What is as wanted is left alone: no mutation a start.
        var mutations = await store.NumberAsync("SELECT count() AS value FROM system.mutations WHERE database = currentDatabase() AND table = 'traffic'");
        await using (await ApplyAsync(store.Client, coldAfterDays: 5))
        {
            Assert.Equal(
                mutations,
                await store.NumberAsync("SELECT count() AS value FROM system.mutations WHERE database = currentDatabase() AND table = 'traffic'"));
        }

        // The server's limits forbid it, and its own statements may all the same.
        var error = await Assert.ThrowsAsync<ClickHouseException>(() => store.Client.ExecuteAsync(
            new ClickHouseQuery("ALTER TABLE traffic DROP PARTITION {day:Date}").With("day", newest)));
        Assert.Equal(359, error.Code);
        await store.Policy.ChangeAsync(10, CancellationToken.None);
        Assert.Equal("cold,default", await DisksAsync(store));
        Assert.Equal(6, (await store.ReadAsync()).Length);
        Assert.Equal(3, await store.PostAsync(FlowEvent.Many("oldest", 3)));
        await store.Ingest.FlushAsync();
        Assert.Equal("cold,default", await DisksAsync(store));
        Assert.Equal(9, await store.Ingest.ClearAsync());
        Assert.Empty(await store.ReadAsync());
    }

    [Fact]
    public async Task Restarted_node_reads_both_disks_and_refuses_to_start_without_the_one_that_holds_days()
    {
        string database;
        await using (var node = await StartNodeAsync(_options))
        {
            var store = await StartStoreAsync(node);
            database = store.Database;
            await using var tiers = await ApplyAsync(store.Client, coldAfterDays: 5);
            await Patience.UntilAsync(async () => await DisksAsync(store) == "cold,cold,default");
            await store.LeaveAsync();
        }

        // Forgotten, not mounted, or another one.
        await AssertRefusedAsync(_options with { Cold = null }, "Storage:ColdPath", "Storage:ColdAfterDays = 0");
        await AssertRefusedAsync(_options with { Cold = new ColdDisk { Path = Path.Combine(_directory.Path, "other") } }, "Storage:ColdPath", "mounted");
        await AssertRefusedAsync(
            _options with { Cold = new ColdDisk { S3Endpoint = new Uri("http://127.0.0.1:1/bucket/") } }, "Storage:ColdS3Endpoint", "mounted");
        var moved = Path.Combine(_directory.Path, "moved");
        Directory.Move(_options.Cold!.Path!, moved);
        await AssertRefusedAsync(_options, "Storage:ColdPath", "mounted");

        // With all its content it may be elsewhere.
        var options = _options with { Cold = new ColdDisk { Path = moved } };
        await using (var node = await StartNodeAsync(options))
        {
            Assert.Equal("9", await Sql.RunAsync(node.Endpoint, $"SELECT count() FROM {database}.traffic"));
            using var client = ClientOf(node, database);

            // The way back.
            await using var tiers = await ApplyAsync(client, coldAfterDays: 0);
            await Patience.UntilAsync(async () => await DisksAsync(node, database) == "default,default,default");
            await Patience.UntilAsync(() => !Directory.EnumerateFiles(moved, "checksums.txt", SearchOption.AllDirectories).Any());
            Assert.DoesNotContain("TTL", await Sql.RunAsync(node.Endpoint, $"SHOW CREATE TABLE {database}.traffic"), StringComparison.Ordinal);
        }

        await using (var node = await StartNodeAsync(_options with { Cold = null }))
        {
            Assert.Equal("9", await Sql.RunAsync(node.Endpoint, $"SELECT count() FROM {database}.traffic"));
            using var client = ClientOf(node, database);

            // The volume is there for tables whose rule names it, and takes nothing.
            var day = await Sql.RunAsync(node.Endpoint, $"SELECT max(arrival_day) FROM {database}.traffic");
            var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(
                new ClickHouseQuery("ALTER TABLE traffic MOVE PARTITION {day:Date} TO VOLUME 'cold'")
                    .With("day", DateOnly.Parse(day, CultureInfo.InvariantCulture))));
            Assert.Equal(243, error.Code);
            await using var tiers = new StorageTiers(new StorageOptions(), TimeProvider.System, NullLogger<StorageTiers>.Instance);
            await tiers.ApplyAsync([client], CancellationToken.None);
        }
    }

    [Fact]
    public async Task Days_move_to_a_bucket_are_read_from_there_after_a_restart_and_come_back()
    {
        await using var bucket = await FakeBucket.StartAsync();
        var options = _options with { Cold = new ColdDisk { S3Endpoint = bucket.Url, AccessKey = "the-key", SecretKey = "the-secret" } };
        string database;
        await using (var node = await StartNodeAsync(options))
        {
            var store = await StartStoreAsync(node);
            database = store.Database;
            await using var tiers = await ApplyAsync(store.Client, coldAfterDays: 5);
            await Patience.UntilAsync(async () => await DisksAsync(store) == "cold,cold,default");
            Assert.Equal(9, (await store.ReadAsync()).Length);
            Assert.True(bucket.Objects > 0);
            Assert.Contains("Credential=the-key/", bucket.Authorization, StringComparison.Ordinal);
            await store.LeaveAsync();
        }

        await AssertRefusedAsync(_options with { Cold = null }, "Storage:ColdS3Endpoint", "Storage:ColdAfterDays = 0");
        await AssertRefusedAsync(
            _options with { Cold = options.Cold with { S3Endpoint = new Uri(bucket.Url, "other/") } }, "Storage:ColdS3Endpoint", bucket.Url.ToString());
        await using (var node = await StartNodeAsync(options))
        {
            Assert.Equal("9", await Sql.RunAsync(node.Endpoint, $"SELECT uniqExact(uuid) FROM {database}.traffic"));
            using var client = ClientOf(node, database);
            await using var tiers = await ApplyAsync(client, coldAfterDays: 0);
            await Patience.UntilAsync(async () => await DisksAsync(node, database) == "default,default,default");
            Assert.Equal("9", await Sql.RunAsync(node.Endpoint, $"SELECT uniqExact(uuid) FROM {database}.traffic"));
        }
    }

    [Fact]
    public async Task Directory_of_another_store_is_refused()
    {
        await using (await StartNodeAsync(_options))
        {
        }

        var other = _options with { DataDirectory = Path.Combine(_directory.Path, "other") };
        await AssertRefusedAsync(other, "Storage:ColdPath", "another store");
    }

    [Theory]
    [InlineData("missing", "no such policy")]
    [InlineData(LocalNode.TieredPolicy, "only the volume 'default'")]
    public async Task Policy_that_ClickHouse_does_not_have_or_that_has_one_volume_is_refused_naming_the_setting(string policy, string says)
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        await using var tiers = new StorageTiers(new StorageOptions { Policy = policy }, TimeProvider.System, NullLogger<StorageTiers>.Instance);

        var error = await Assert.ThrowsAsync<StorageException>(() => tiers.ApplyAsync([client], CancellationToken.None));

        Assert.Contains($"Storage:Policy = '{policy}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_of_ones_own_takes_old_days_to_its_last_volume_and_one_without_the_tables_volume_is_refused()
    {
        await using var node = await StartNodeAsync(_options with { Cold = null });
        await using var store = await StartStoreAsync(node);

        await using (await ApplyAsync(store.Client, coldAfterDays: 10, policy: "own"))
        {
            await Patience.UntilAsync(async () => await DisksAsync(store) == "archive,default,default");
        }

        // Another age, and then none.
        await using (await ApplyAsync(store.Client, coldAfterDays: 5, policy: "own"))
        {
            await Patience.UntilAsync(async () => await DisksAsync(store) == "archive,archive,default");
        }

        await using (await ApplyAsync(store.Client, coldAfterDays: 0, policy: "own"))
        {
            await Patience.UntilAsync(async () => await DisksAsync(store) == "default,default,default");
        }

        Assert.Equal(9, (await store.ReadAsync()).Length);
        var error = await Assert.ThrowsAsync<StorageException>(() => ApplyAsync(store.Client, coldAfterDays: 5, policy: "apart"));
        Assert.Contains("Storage:Policy = 'apart'", error.Message, StringComparison.Ordinal);
        Assert.Contains("under the policy 'own'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Codec_is_the_tables_and_comes_back()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        foreach (var codec in new[] { "LZ4", "ZSTD(3)", "ZSTD(1)" })
        {
            await using var tiers = new StorageTiers(new StorageOptions { Codec = codec }, TimeProvider.System, NullLogger<StorageTiers>.Instance);
            await tiers.ApplyAsync([client], CancellationToken.None);
            foreach (var table in new[] { "traffic", "traffic_activity" })
            {
                Assert.Contains($"default_compression_codec = \\'{codec}\\'", await database.SqlAsync($"SHOW CREATE TABLE {table}"), StringComparison.Ordinal);
            }
        }
    }

    private static async Task<LocalNode> StartNodeAsync(LocalNodeOptions options)
    {
        var node = new LocalNode(options, NullLogger<LocalNode>.Instance);
        await node.StartAsync(CancellationToken.None);
        return node;
    }

    /// <summary>Three flows that arrived 20 days ago, three that did 8 days ago, three of today.</summary>
    private static async Task<RunningStore> StartStoreAsync(LocalNode node)
    {
        var store = await RunningStore.StartAsync(days: 30, node: node, daysAgo: 20);
        foreach (var (pod, later) in new[] { ("oldest", 12), ("older", 8), ("new", 0) })
        {
            Assert.Equal(3, await store.PostAsync(FlowEvent.Many(pod, 3)));
            await store.Ingest.FlushAsync();
            store.Clock.Pass(later);
        }

        return store;
    }

    private static async Task<StorageTiers> ApplyAsync(ClickHouseClient client, int coldAfterDays, string policy = LocalNode.TieredPolicy)
    {
        var options = new StorageOptions { Policy = policy, ColdAfterDays = coldAfterDays };
        var tiers = new StorageTiers(options, TimeProvider.System, NullLogger<StorageTiers>.Instance);
        await tiers.ApplyAsync([client], CancellationToken.None);
        return tiers;
    }

    private static ClickHouseClient ClientOf(LocalNode node, string database) =>
        new([node.Endpoint], new ClickHouseClientOptions { Database = database }, NullLogger<ClickHouseClient>.Instance);

    private static Task<string> DisksAsync(RunningStore store) => DisksAsync(store.Endpoint, store.Database);

    private static Task<string> DisksAsync(LocalNode node, string database) => DisksAsync(node.Endpoint, database);

    /// <summary>The disk of each arrival day, oldest first.</summary>
    private static Task<string> DisksAsync(ClickHouseEndpoint endpoint, string database) => Sql.RunAsync(endpoint, $"""
        SELECT arrayStringConcat(groupArray(disk), ',') FROM
        (
            SELECT arrayStringConcat(arraySort(groupUniqArray(disk_name)), '+') AS disk FROM system.parts
            WHERE active AND database = '{database}' AND table = 'traffic' GROUP BY partition ORDER BY partition
        )
        """);

    private static async Task AssertRefusedAsync(LocalNodeOptions options, params string[] says)
    {
        await using var node = new LocalNode(options, NullLogger<LocalNode>.Instance);
        var error = await Assert.ThrowsAsync<LocalNodeException>(() => node.StartAsync(CancellationToken.None));
        Assert.All(says, text => Assert.Contains(text, error.Message, StringComparison.Ordinal));
    }
}
