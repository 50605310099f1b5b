using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Backups;

/// <summary>Backups that something happened to after they were made: nothing builds on them, and what says that it looked has seen it.</summary>
public sealed class BackupDamageTests : IAsyncLifetime
{
    private readonly List<TestDatabase> _databases = [];
    private TestDatabase _store = null!;
    private ClickHouseClient _client = null!;
    private string _directory = null!;

    public async ValueTask InitializeAsync()
    {
        _directory = (await SharedNode.GetAsync()).BackupDirectory;
        (_store, _client) = await CreateAsync();
        await FillAsync(0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            await database.DisposeAsync();
        }
    }

    public static TheoryData<string, bool, bool> Damages
    {
        get
        {
            var damages = new TheoryData<string, bool, bool>();
            foreach (var damage in new[] { "every .bin deleted", "its list deleted", "its manifest deleted", "emptied", "gone" })
            {
                damages.Add(damage, true, true);
            }

            damages.Add("a .bin of flows deleted", true, true);
            damages.Add("a file cut", true, true);
            // Nobody sees this who does not read every byte, as a backup and a restore do, and a list does not.
            damages.Add("a byte changed", true, false);
            // Where the server cannot look at the files, ClickHouse's word counts.
            damages.Add("a .bin of flows deleted", false, false);
            damages.Add("its manifest deleted", false, true);
            damages.Add("gone", false, true);
            return damages;
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Nothing_builds_on_a_backup_that_is_not_whole(string damage, bool isLocal, bool isListed)
    {
        var destination = isLocal ? BackupDestination.In(_directory) : BackupDestination.Default;
        var first = await BackupAsync(destination);
        await FillAsync(100);
        var second = await BackupAsync(destination);
        Assert.Equal(first.Name, second.Base);
        Break(damage, first.Name);

        var refusal = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(destination.Of(second.Name)));
        var listed = await new BackupInspector(_client, isLocal ? destination : null)
            .LookAsync(await new BackupCatalog(_client).ListAsync(default), null, default);
        await FillAsync(200);
        var third = await BackupAsync(destination);

        Assert.True(refusal.IsDamage, refusal.Message);
        Assert.Contains(second.Name, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(
            isListed ? [ListedBackup.Broken, ListedBackup.Broken] : new[] { ListedBackup.There, ListedBackup.There },
            listed.Select(backup => backup.State));
        if (isLocal && isListed)
        {
            Assert.All([refusal.Message, .. listed.Select(backup => backup.Problem!)], text => Assert.Contains(first.Name, text, StringComparison.Ordinal));
        }

        Assert.Null(third.Base);
        Assert.Equal(300, (await RestoreAsync(destination.Of(third.Name))).Flows);
    }

    [Fact]
    public async Task Base_that_another_backup_of_its_name_took_the_place_of_is_seen()
    {
        var first = await BackupAsync(BackupDestination.Default);
        await FillAsync(100);
        var second = await BackupAsync(BackupDestination.Default);
        var other = await BackupAsync(BackupDestination.Default, full: true);
        Directory.Delete(Path.Combine(_directory, first.Name), recursive: true);
        Directory.Move(Path.Combine(_directory, other.Name), Path.Combine(_directory, first.Name));

        var refusal = await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(BackupDestination.Default.Of(second.Name)));
        var listed = await new BackupInspector(_client).LookAsync(await new BackupCatalog(_client).ListAsync(default), null, default);

        Assert.Contains("different UUID", refusal.Message, StringComparison.Ordinal);
        Assert.All(listed, backup => Assert.Equal(ListedBackup.Broken, backup.State));
        Assert.Null((await BackupAsync(BackupDestination.Default)).Base);
    }

    [Fact]
    public async Task Place_that_is_out_of_reach_is_said_to_be_not_looked_at()
    {
        BackupRecord Made(string destination) => new("kguardian-2026-05-12T10-32-14.123Z-full", destination, null, DateTimeOffset.UnixEpoch, 8, 1, 1, 1);
        BackupRecord[] records = [Made("S3('http://127.0.0.1:1/bucket/', '***', '***')"), Made("File('/nowhere')")];

        var ofServer = await new BackupInspector(_client).LookAsync(records, null, default);
        var ofNode = await new BackupInspector(_client, BackupDestination.In(_directory)).LookAsync(records, null, default);
        var away = await new BackupInspector(_client) { Limit = TimeSpan.FromSeconds(1) }
            .LookAsync(records, BackupDestination.Parse("S3('http://127.0.0.1:1/bucket/', 'key', 'very-secret')"), default);

        Assert.All([.. ofServer, .. ofNode], backup => Assert.Equal(ListedBackup.OutOfReach, backup.State));
        // With its keys it is asked, and nobody is there.
        Assert.Equal((ListedBackup.OutOfReach, "its place did not answer within 1 s"), (Assert.Single(away).State, away[0].Problem));
    }

    [Fact]
    public async Task Reading_a_backup_leaves_no_database_behind()
    {
        var made = await BackupAsync(BackupDestination.Default);
        await new BackupInspector(_client).LookAsync([made], null, default);
        Break("every .bin deleted", made.Name);
        await Assert.ThrowsAsync<BackupException>(() => RestoreAsync(BackupDestination.Default.Of(made.Name)));

        foreach (var database in _databases)
        {
            Assert.Equal(database.Name, await database.SqlAsync($"SHOW DATABASES LIKE '{database.Name}%'"));
        }
    }

    private void Break(string damage, string name)
    {
        var backup = Path.Combine(_directory, name);
        var flows = Directory.GetFiles(Path.Combine(backup, "data", "kguardian", "traffic"), "data.bin", SearchOption.AllDirectories)
            .First(file => !file.Contains(".proj", StringComparison.Ordinal));
        switch (damage)
        {
            case "every .bin deleted":
                foreach (var file in Directory.GetFiles(backup, "*.bin", SearchOption.AllDirectories))
                {
                    File.Delete(file);
                }

                break;
            case "a .bin of flows deleted":
                File.Delete(flows);
                break;
            case "a file cut":
                using (var file = File.OpenWrite(flows))
                {
                    file.SetLength(file.Length - 1);
                }

                break;
            case "a byte changed":
                var bytes = File.ReadAllBytes(flows);
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(flows, bytes);
                break;
            case "its list deleted":
                File.Delete(Path.Combine(backup, ".backup"));
                break;
            case "its manifest deleted":
                Directory.Delete(Path.Combine(backup, "data", "kguardian", "backup_manifest"), recursive: true);
                break;
            case "emptied":
                Directory.Delete(backup, recursive: true);
                Directory.CreateDirectory(backup);
                break;
            case "gone":
                Directory.Delete(backup, recursive: true);
                break;
            default:
                throw new ArgumentException(damage, nameof(damage));
        }
    }

    private Task<BackupRecord> BackupAsync(BackupDestination destination, bool full = false) =>
        new StoreBackup(_client, TimeProvider.System, NullLogger<StoreBackup>.Instance).RunAsync(destination, full, _ => { }, default);

    private async Task<RestoreReport> RestoreAsync(BackupDestination place)
    {
        var (_, to) = await CreateAsync();
        return await new StoreRestore(to, StoreSchema.Migrations.Count, TimeProvider.System).RunAsync(place, replace: false, _ => { }, default);
    }

    /// <summary>A hundred flows more, in a part of their own.</summary>
    private Task<string> FillAsync(int from) => _store.SqlAsync($"""
        INSERT INTO traffic (uuid, pod_name, pod_ip, ip_protocol, traffic_type, traffic_in_out_ip, decision, pod_port, traffic_in_out_port, time_stamp, arrival_day, version)
        SELECT reinterpretAsFixedString(generateUUIDv4(number)), 'pod', '10.0.0.1', 'TCP', 'INGRESS', toString(number + {from}), 'ALLOW', 8080, 443, now64(6), toDate('2026-01-01'), 1
        FROM numbers(100)
        """);

    private async Task<(TestDatabase Database, ClickHouseClient Client)> CreateAsync()
    {
        var database = await TestClients.CreateMigratedDatabaseAsync();
        _databases.Add(database);
        // No merge may rewrite what a base has.
        await database.SqlAsync("SYSTEM STOP MERGES traffic");
        return (database, database.Client());
    }
}
