using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Backups;

/// <summary>A store whose tables span the shards of a cluster: what is for one server's is refused, and says what to do instead.</summary>
public sealed class SpanningStoreTests : IAsyncLifetime
{
    /// <summary>Nobody listens there: tables that span it can be created, and not read.</summary>
    private const string Cluster = """
        <clickhouse><remote_servers><far><shard><replica><host>127.0.0.1</host><port>1</port></replica></shard></far></remote_servers></clickhouse>
        """;

    private readonly TestDirectory _data = new();
    private LocalNode _node = null!;
    private ClickHouseClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        var configuration = Directory.CreateDirectory(Path.Combine(_data.Path, "clickhouse", "config.d"));
        await File.WriteAllTextAsync(Path.Combine(configuration.FullName, "cluster.xml"), Cluster);
        _node = new LocalNode(new LocalNodeOptions { DataDirectory = _data.Path, MemoryShare = 0.1 }, NullLogger<LocalNode>.Instance);
        await _node.StartAsync(CancellationToken.None);
        _client = new ClickHouseClient([_node.Endpoint], new ClickHouseClientOptions(), NullLogger<ClickHouseClient>.Instance);
        foreach (var statement in new[]
        {
            "CREATE DATABASE kguardian", "CREATE TABLE kguardian.traffic (pod_name String) ENGINE = Distributed('far', 'kguardian_shard', 'traffic')",
        })
        {
            await _client.ExecuteAsync(new ClickHouseQuery(statement) { Database = "default" });
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task Neither_backup_nor_restore_nor_doctor_takes_it_for_one_servers()
    {
        var backup = await Assert.ThrowsAsync<BackupException>(() =>
            new StoreBackup(_client, TimeProvider.System, NullLogger<StoreBackup>.Instance).RunAsync(BackupDestination.Default, full: true, _ => { }, default));
        var restore = await Assert.ThrowsAsync<BackupException>(() =>
            new StoreRestore(_client, StoreSchema.Migrations.Count, TimeProvider.System)
                .RunAsync(BackupDestination.Default.Of("x"), replace: true, _ => { }, default));
        IReadOnlyList<Finding> findings = [];
        var doctor = new Doctor(_client, StoreChecks.Of(_client, TestClients.KeepAll, "test", StoreSchema.Migrations.Count, TimeProvider.System));
        // It may have to be asked again: what takes a busy machine long is no sign of life.
        await Patience.UntilAsync("the doctor sees it", async () => (findings = await doctor.ExamineAsync(default)) is [{ Check: "cluster" }]);

        Assert.All([backup, restore], refusal =>
        {
            Assert.Contains("ClickHouse:Cluster = far", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("BACKUP DATABASE kguardian_shard ON CLUSTER 'far'", refusal.Message, StringComparison.Ordinal);
        });
        Assert.Contains("KGUARDIAN_CLICKHOUSE__DATABASE=kguardian_shard", findings[0].Todo, StringComparison.Ordinal);
    }
}
