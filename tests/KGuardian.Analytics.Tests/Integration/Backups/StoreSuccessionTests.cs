using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Backups;

/// <summary>What outlives a restore: of the same store everything that cannot be taken back, of another one nothing.</summary>
public sealed class StoreSuccessionTests : IAsyncLifetime
{
    private const string Secret = "000102030405060708090a0b0c0d0e0f";

    private readonly List<TestDatabase> _databases = [];
    private TestDatabase _store = null!;
    private ClickHouseClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        (_store, _client) = await CreateAsync(Secret);
        for (var days = 0; days < 4; days++)
        {
            await _store.SqlAsync(
                "INSERT INTO traffic (pod_ip, pod_port, time_stamp, arrival_day, sequence) "
                + $"VALUES ('10.0.0.1', {days}, now64(6), today() - {days}, {1000 + days})");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _databases)
        {
            await database.DisposeAsync();
        }
    }

    [Fact]
    public async Task Days_that_are_gone_and_days_that_were_set_stay_so_in_the_same_store()
    {
        await FactAsync("retention_days", "30");
        var place = await BackupAsync();
        await FactAsync("retention_days", "2");
        await FactAsync("retention_oldest_day", $"{Today.AddDays(-2):yyyy-MM-dd}");

        var report = await RestoreAsync(_client, place);

        Assert.Equal(
            (0, "2", $"{Today.AddDays(-2):yyyy-MM-dd}"),
            (report.ExpiredDays, await LastAsync(_store, "retention_days"), await LastAsync(_store, "retention_oldest_day")));
    }

    [Fact]
    public async Task Floor_of_the_backup_stays_when_the_replaced_store_has_a_lower_one_or_none()
    {
        await FactAsync("retention_oldest_day", "2026-01-05");
        var place = await BackupAsync();
        await FactAsync("retention_oldest_day", "2026-01-01");

        await RestoreAsync(_client, place);

        Assert.Equal("2026-01-05", await LastAsync(_store, "retention_oldest_day"));
    }

    [Fact]
    public async Task Days_that_were_configured_hold_against_those_that_were_set_before_the_backup()
    {
        await FactAsync("retention_days", "1");
        var place = await BackupAsync();
        // Somebody set the table back; the configuration counts.
        await _store.SqlAsync("DELETE FROM store WHERE name = 'retention_days'");
        await FactAsync("retention_days_in_effect", "30");

        await RestoreAsync(_client, place);

        Assert.Equal("30", await LastAsync(_store, "retention_days"));
    }

    [Fact]
    public async Task Audit_and_the_list_of_backups_and_the_cursors_secret_of_the_same_store_stay()
    {
        var place = await BackupAsync();
        await FactAsync("cursor_secret", "ff");
        await _store.SqlAsync("INSERT INTO admin_events (id, time, activity) VALUES (7, now64(6), 'Clear')");
        await BackupAsync();

        await RestoreAsync(_client, place);

        Assert.Equal("7", await _store.SqlAsync("SELECT id FROM admin_events"));
        Assert.Equal("ff", await LastAsync(_store, "cursor_secret"));
        Assert.Equal(2, (await new BackupCatalog(_client).ListAsync(default)).Count);
    }

    [Fact]
    public async Task States_of_pods_and_services_that_were_written_since_stay_with_the_same_store()
    {
        const string Pods = """
            SELECT arrayStringConcat(groupArray(concat(pod_name, if(is_dead, '+', ''))), ' ') FROM (SELECT * FROM pod_states ORDER BY sequence)
            """;
        await _store.SqlAsync("INSERT INTO pod_states (pod_name, sequence) VALUES ('a', 1), ('b', 2)");
        await _store.SqlAsync("INSERT INTO service_states (svc_ip, sequence) VALUES ('10.96.0.1', 1)");
        var place = await BackupAsync();
        await _store.SqlAsync("INSERT INTO pod_states (pod_name, sequence, is_dead) VALUES ('a', 3, true)");
        await _store.SqlAsync("INSERT INTO service_states (svc_ip, sequence) VALUES ('10.96.0.2', 2)");

        await RestoreAsync(_client, place);

        Assert.Equal("a b a+", await _store.SqlAsync(Pods));
        Assert.Equal("2", await _store.SqlAsync("SELECT count() FROM service_states"));
    }

    [Fact]
    public async Task Verdicts_that_were_written_since_stay_with_the_same_store()
    {
        await _store.SqlAsync("INSERT INTO audit_verdicts (id, policy_name) VALUES (1, 'a'), (2, 'b')");
        var place = await BackupAsync();
        await _store.SqlAsync("INSERT INTO audit_verdicts (id, policy_name) VALUES (512 * 864000000, 'c')");

        await RestoreAsync(_client, place);

        Assert.Equal(
            "a 2026-01-01, b 2026-01-01, c 2026-01-02",
            await _store.SqlAsync("SELECT arrayStringConcat(arraySort(groupArray(concat(policy_name, ' ', toString(stored_on)))), ', ') FROM audit_verdicts"));
    }

    [Fact]
    public async Task Integrations_that_were_changed_since_stay_so_with_the_same_store()
    {
        await _store.SqlAsync("INSERT INTO forwarding_integrations (id, version, document) VALUES (1, 1, 'a'), (2, 2, 'b')");
        await _store.SqlAsync("INSERT INTO forwarding_positions (integration, channel, version, sequence) VALUES (1, 'C', 3, 10)");
        var place = await BackupAsync();
        await _store.SqlAsync("INSERT INTO forwarding_integrations (id, version, document) VALUES (2, 4, ''), (3, 5, 'c')");
        await _store.SqlAsync("INSERT INTO forwarding_positions (integration, channel, version, sequence) VALUES (1, 'C', 6, 20)");

        await RestoreAsync(_client, place);

        Assert.Equal("1a,2,3c", await _store.SqlAsync(
            "SELECT arrayStringConcat(arraySort(groupArray(concat(toString(id), document))), ',') FROM forwarding_integrations FINAL"));
        Assert.Equal("20", await _store.SqlAsync("SELECT sequence FROM forwarding_positions FINAL"));
    }

    [Fact]
    public async Task Schedules_of_exports_go_on_where_they_were_and_files_that_went_since_do_not_come_back()
    {
        await _store.SqlAsync("INSERT INTO export_schedules (id, version, document) VALUES ('s', 1, 'a'), ('t', 2, 'b')");
        await _store.SqlAsync("INSERT INTO export_reports (created_on, file_id, version, document) VALUES (today(), 'f', 1, 'x'), (today(), 'g', 2, 'y')");
        var place = await BackupAsync();
        await _store.SqlAsync("INSERT INTO export_schedules (id, version, document) VALUES ('s', 3, 'a2'), ('t', 4, '')");
        await _store.SqlAsync("INSERT INTO export_reports (created_on, file_id, version, document) VALUES (today(), 'f', 3, ''), (today(), 'h', 4, 'z')");

        await RestoreAsync(_client, place);

        Assert.Equal("sa2,t", await _store.SqlAsync(
            "SELECT arrayStringConcat(arraySort(groupArray(concat(id, document))), ',') FROM export_schedules FINAL"));
        Assert.Equal("f,gy,hz", await _store.SqlAsync(
            "SELECT arrayStringConcat(arraySort(groupArray(concat(file_id, document))), ',') FROM export_reports FINAL"));
    }

    [Fact]
    public async Task Views_that_were_kept_or_deleted_since_are_what_they_were()
    {
        await _store.SqlAsync("INSERT INTO console_views (name, version, document) VALUES ('a', 1, 'old'), ('b', 2, 'x')");
        var place = await BackupAsync();
        await _store.SqlAsync("INSERT INTO console_views (name, version, document) VALUES ('a', 3, 'new'), ('b', 4, ''), ('c', 5, 'z')");

        await RestoreAsync(_client, place);

        Assert.Equal("anew,b,cz", await _store.SqlAsync(
            "SELECT arrayStringConcat(arraySort(groupArray(concat(name, document))), ',') FROM console_views FINAL"));
    }

    [Fact]
    public async Task Nothing_of_another_store_that_is_replaced_stays()
    {
        await _store.SqlAsync("INSERT INTO admin_events (id, time, activity) VALUES (1, now64(6), 'Start')");
        var place = await BackupAsync();
        var (other, to) = await CreateAsync("ffffffffffffffffffffffffffffffff");
        await FactAsync("retention_oldest_day", "2026-11-11", other);
        await FactAsync("cursor_secret", "aa", other);
        await other.SqlAsync("INSERT INTO admin_events (id, time, activity) VALUES (2, now64(6), 'Clear')");

        await RestoreAsync(to, place);

        Assert.Equal("", await LastAsync(other, "retention_oldest_day") + await LastAsync(other, "cursor_secret"));
        Assert.Equal("1", await other.SqlAsync("SELECT id FROM admin_events"));
        Assert.Equal(Secret, await LastAsync(other, "dedup_secret"));
    }

    [Theory]
    // Nothing is lost: as it was set. Two days would go: kept, until somebody says for how long.
    [InlineData(30, 0, null)]
    [InlineData(0, 0, null)]
    [InlineData(1, 2, "0")]
    public async Task Old_backup_elsewhere_is_not_what_retention_drops_first(int retentionDays, int expired, string? set)
    {
        await FactAsync("retention_days_in_effect", "30");
        var place = await BackupAsync();
        var (other, to) = await CreateAsync(secret: null);

        var report = await RestoreAsync(to, place, retentionDays);

        Assert.Equal((expired, set ?? ""), (report.ExpiredDays, await LastAsync(other, "retention_days")));
    }

    [Fact]
    public async Task Day_that_had_expired_when_the_backup_was_made_is_no_reason_to_keep_all()
    {
        await FactAsync("retention_days_in_effect", "1");
        var place = await BackupAsync();
        var (other, to) = await CreateAsync(secret: null);

        Assert.Equal(0, (await RestoreAsync(to, place, retentionDays: 1)).ExpiredDays);
        Assert.Equal("", await LastAsync(other, "retention_days"));
    }

    [Fact]
    public async Task Order_of_arrival_goes_on_behind_all_that_was_ever_numbered()
    {
        var place = await BackupAsync();
        // A clock that was ahead: what it numbered is behind what the right clock numbers.
        var ahead = DateTimeOffset.UtcNow.AddDays(3).ToUnixTimeMilliseconds() * 1000;
        await _store.SqlAsync($"INSERT INTO traffic (pod_ip, pod_port, time_stamp, arrival_day, sequence) VALUES ('10.0.0.1', 9, now64(6), today(), {ahead})");

        await RestoreAsync(_client, place);
        Assert.Equal($"{ahead}", await LastAsync(_store, "sequence_floor"));
        // And once more, from a store that has no such flow any more.
        await RestoreAsync(_client, place);

        Assert.Equal($"{ahead}", await LastAsync(_store, "sequence_floor"));
    }

    [Fact]
    public async Task Views_of_others_are_restored_as_they_were_written()
    {
        await _store.SqlAsync("CREATE VIEW b_pods AS SELECT t.pod_ip AS ip, 'kguardian.io' AS name FROM traffic AS t WHERE t.pod_port >= 0");
        await _store.SqlAsync("CREATE VIEW a_pods AS SELECT p.ip AS ip, p.name AS name FROM b_pods AS p");
        await _store.SqlAsync($"CREATE VIEW literal AS SELECT '{_store.Name}.traffic' AS name FROM traffic AS t LIMIT 1");
        var place = await BackupAsync();
        var (other, to) = await CreateAsync(secret: null);

        var report = await RestoreAsync(to, place);

        Assert.Empty(report.LeftViews);
        Assert.Equal("10.0.0.1\tkguardian.io", await other.SqlAsync("SELECT DISTINCT ip, name FROM a_pods"));
        Assert.Equal($"{_store.Name}.traffic", await other.SqlAsync("SELECT name FROM literal"));
        Assert.DoesNotContain(
            "_restor", await other.SqlAsync("SELECT groupArray(create_table_query) FROM system.tables WHERE database = currentDatabase()"),
            StringComparison.Ordinal);
    }

    private static DateOnly Today => DateOnly.FromDateTime(DateTime.UtcNow);

    private Task<string> FactAsync(string name, string value, TestDatabase? database = null) => (database ?? _store).SqlAsync(
        "INSERT INTO store (name, value, written_at) "
        + $"SELECT '{name}', '{value}', greatest(now64(3), (SELECT max(written_at) FROM store) + INTERVAL 1 MILLISECOND)");

    private static Task<string> LastAsync(TestDatabase database, string name) =>
        database.SqlAsync($"SELECT value FROM store WHERE name = '{name}' ORDER BY written_at DESC LIMIT 1");

    private async Task<BackupDestination> BackupAsync() => BackupDestination.Default.Of(
        (await new StoreBackup(_client, TimeProvider.System, NullLogger<StoreBackup>.Instance)
            .RunAsync(BackupDestination.Default, full: false, _ => { }, default)).Name);

    private static Task<RestoreReport> RestoreAsync(ClickHouseClient to, BackupDestination place, int retentionDays = 0) =>
        new StoreRestore(to, StoreSchema.Migrations.Count, TimeProvider.System, retentionDays).RunAsync(place, replace: true, _ => { }, default);

    private async Task<(TestDatabase Database, ClickHouseClient Client)> CreateAsync(string? secret)
    {
        var database = await TestClients.CreateMigratedDatabaseAsync();
        _databases.Add(database);
        if (secret is not null)
        {
            await FactAsync("dedup_secret", secret, database);
        }

        return (database, database.Client());
    }
}
