using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Backups;

/// <summary>Backups and restores in a ClickHouse that others use, too, by the library alone: what is refused, and what is as before after a failure.</summary>
public sealed class StoreRestoreTests : IAsyncDisposable
{
    private readonly List<TestDatabase> _databases = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Backup_of_an_older_schema_is_restored_and_can_be_migrated()
    {
        var (source, from) = await CreateAsync(migrations: 5);
        await FillAsync(source, 100);
        var place = await BackupAsync(from);
        var (target, to) = await CreateAsync();

        var report = await RestoreAsync(to, place);
        await new Migrator(to, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: false);

        Assert.Equal((5, 100L), (report.SchemaVersion, report.Flows));
        Assert.Equal("100\t0", await target.SqlAsync("SELECT count(), max(sequence) FROM traffic"));
        Assert.Equal($"{StoreSchema.Migrations.Count}", await target.SqlAsync("SELECT max(version) FROM schema_migrations"));
    }

    [Fact]
    public async Task Backup_of_a_newer_schema_is_refused_and_nothing_is_changed()
    {
        var (source, from) = await CreateAsync();
        await source.SqlAsync("INSERT INTO schema_migrations (version, name, checksum) VALUES (999, 'later', 'x')");
        var place = await BackupAsync(from);
        var (target, to) = await CreateAsync();
        await FillAsync(target, 7);

        var refusal = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(to, place, replace: true));

        Assert.Contains("schema version 999", refusal.Message, StringComparison.Ordinal);
        await AssertUntouchedAsync(target, 7);
    }

    [Fact]
    public async Task Backup_that_lost_files_is_refused_and_nothing_is_changed()
    {
        var (source, from) = await CreateAsync();
        await FillAsync(source, 100);
        var place = await BackupAsync(from);
        var directory = Path.Combine((await SharedNode.GetAsync()).BackupDirectory, place.Path);
        foreach (var file in Directory.GetFiles(Path.Combine(directory, "data", "kguardian", "traffic"), "data.bin", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        var (target, to) = await CreateAsync();
        await FillAsync(target, 7);

        await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(to, place, replace: true));

        await AssertUntouchedAsync(target, 7);
    }

    [Fact]
    public async Task Backup_that_is_not_there_or_not_ours_is_refused()
    {
        var (target, to) = await CreateAsync();
        var foreign = $"{target.Name}-foreign";
        await target.SqlAsync($"BACKUP DATABASE {target.Name} AS kguardian TO File('{foreign}')");

        var missing = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(to, BackupDestination.Default.Of("nothing")));
        var notOurs = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(to, BackupDestination.Default.Of(foreign)));

        Assert.Contains("not found", missing.Message, StringComparison.Ordinal);
        Assert.Contains("no backup of this program's", notOurs.Message, StringComparison.Ordinal);
        await AssertUntouchedAsync(target, 0);
    }

    [Fact]
    public async Task Place_that_ClickHouse_may_not_use_is_named_with_its_setting()
    {
        var (_, from) = await CreateAsync();

        var refusal = await Assert.ThrowsAsync<BackupException>(() => new StoreBackup(from, TimeProvider.System, NullLogger<StoreBackup>.Instance)
            .RunAsync(BackupDestination.Parse("/nowhere/backups"), full: true, _ => { }, default));

        Assert.Contains("backups.allowed_path", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Node:BackupDirectory", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Stack trace", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Views_are_restored_and_read_the_restored_store()
    {
        var (source, from) = await CreateAsync();
        await FillAsync(source, 100);
        await source.SqlAsync("CREATE VIEW flows_by_pod AS SELECT pod_name, count() AS flows FROM traffic GROUP BY pod_name");
        var place = await BackupAsync(from);
        var (target, to) = await CreateAsync();

        await RestoreAsync(to, place);
        await source.SqlAsync("TRUNCATE TABLE traffic SYNC");

        Assert.Equal("pod\t100", await target.SqlAsync("SELECT * FROM flows_by_pod"));
        Assert.DoesNotContain("_restor", await target.SqlAsync("SHOW CREATE TABLE flows_by_pod"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_has_one_moment_while_flows_come_and_merges_run()
    {
        var (source, from) = await CreateAsync();
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            // As many as merges keep up with, however long the backups take.
            for (var insert = 0; insert < 300 && !stop.IsCancellationRequested; insert++)
            {
                await FillAsync(source, 10, insert * 10);
            }
        });
        var places = new List<BackupDestination>();
        while (places.Count < 3)
        {
            places.Add(await BackupAsync(from));
        }

        await stop.CancelAsync();
        await load;

        foreach (var place in places)
        {
            var (_, to) = await CreateAsync();
            // Equal to the manifest, or it would be refused.
            await RestoreAsync(to, place);
        }
    }

    [Fact]
    public async Task Restore_that_was_stopped_between_its_last_steps_is_finished_by_whoever_comes()
    {
        var (target, to) = await CreateAsync();
        await FillAsync(target, 7);
        foreach (var renamedAway in new[] { false, true })
        {
            await target.SqlAsync($"CREATE DATABASE {target.Name}_restored");
            await target.SqlAsync($"CREATE TABLE {target.Name}_restored.mark (x UInt8) ENGINE = MergeTree ORDER BY x");
            if (renamedAway)
            {
                await Sql.RunAsync(target.Endpoint, $"RENAME DATABASE {target.Name} TO {target.Name}_replaced");
            }

            Assert.True(await StoreSwap.FinishAsync(to, alone: false, default));

            Assert.Equal("mark", await target.SqlAsync("SHOW TABLES"));
            Assert.False(await StoreSwap.FinishAsync(to, alone: true, default));
            Assert.Equal(target.Name, await target.SqlAsync($"SHOW DATABASES LIKE '{target.Name}%'"));
        }
    }

    private static async Task AssertUntouchedAsync(TestDatabase target, int flows)
    {
        Assert.Equal($"{flows}", await target.SqlAsync("SELECT count() FROM traffic"));
        Assert.Equal(target.Name, await target.SqlAsync($"SHOW DATABASES LIKE '{target.Name}%'"));
    }

    private static async Task<BackupDestination> BackupAsync(ClickHouseClient from) => BackupDestination.Default.Of(
        (await new StoreBackup(from, TimeProvider.System, NullLogger<StoreBackup>.Instance)
            .RunAsync(BackupDestination.Default, full: false, _ => { }, default)).Name);

    private static Task<RestoreReport> RestoreAsync(ClickHouseClient to, BackupDestination place, bool replace = false) =>
        new StoreRestore(to, StoreSchema.Migrations.Count, TimeProvider.System).RunAsync(place, replace, _ => { }, default);

    private static Task<string> FillAsync(TestDatabase database, int rows, int from = 0) => database.SqlAsync($"""
        INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, ip_protocol, traffic_type, traffic_in_out_ip, decision,
            pod_port, traffic_in_out_port, time_stamp, arrival_day, version)
        SELECT reinterpretAsFixedString(generateUUIDv4(number)), 'pod', 'ns', '10.0.0.1', 'TCP', 'INGRESS', toString(number + {from}), 'ALLOW',
            8080, 443, now64(6), toDate(now(), 'UTC'), 1
        FROM numbers({rows})
        """);

    private async Task<(TestDatabase Database, ClickHouseClient Client)> CreateAsync(int migrations = int.MaxValue)
    {
        var database = await SharedNode.CreateDatabaseAsync();
        _databases.Add(database);
        var client = database.Client();
        await new Migrator(client, [.. StoreSchema.Migrations.Take(migrations)], NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        return (database, client);
    }
}
