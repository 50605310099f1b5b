using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Clocks;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Diagnosis;

/// <summary>Things really broken, each in a store of its own, and what the doctor finds of them.</summary>
public sealed class DoctorTests() : DatabaseTest(isMigrated: true)
{
    private readonly ShiftedClock _clock = new();
    private RetentionWindow _window = TestClients.KeepAll;

    [Fact]
    public async Task Store_that_is_well_is_found_so_by_every_check()
    {
        await FillAsync(1000);
        await Database.SqlAsync("INSERT INTO store (name, value) VALUES ('dedup_secret', '000102030405060708090a0b0c0d0e0f')");

        IReadOnlyList<Finding> findings = [];
        try
        {
            // Errors of the engine and room on the disk are the whole test run's, and this machine's; so is whether the engine answers in time.
            await Patience.UntilAsync("all is well", async () =>
                (findings = await LookAsync()).Where(finding => finding.Check is not ("engine errors" or "disk"))
                    .All(finding => finding.Severity == Severity.Ok));
        }
        catch (TimeoutException)
        {
            Assert.Fail(string.Join('\n', findings));
        }

        Assert.Equal(
            [
                "versions", "disk", "parts", "merges", "mutations", "projections", "detached parts", "retention", "replication", "engine errors",
                "rejected events", "clocks", "views", "secrets", "backups",
            ],
            findings.Select(finding => finding.Check).Distinct());
    }

    [Fact]
    public async Task Detached_part_is_found_with_its_name()
    {
        await FillAsync(1000);
        var part = await Database.SqlAsync($"SELECT name FROM system.parts WHERE database = '{Database.Name}' AND table = 'traffic' AND active LIMIT 1");
        await Database.SqlAsync($"ALTER TABLE traffic DETACH PART '{part}'");

        var finding = await FindAsync("detached parts", Severity.Warning);

        Assert.Contains($"ATTACH PART '{part}'", finding.Todo, StringComparison.Ordinal);
        Assert.Equal(1L, finding.Evidence["parts"]);
    }

    [Fact]
    public async Task Broken_part_is_an_error()
    {
        await FillAsync(1000);
        var path = await Database.SqlAsync($"SELECT path FROM system.parts WHERE database = '{Database.Name}' AND table = 'traffic' AND active LIMIT 1");
        await Database.SqlAsync("DETACH TABLE traffic SYNC");
        // A file of its own: parts of other stores may be linked to the same.
        File.Delete(Path.Combine(path, "checksums.txt"));
        File.Delete(Path.Combine(path, "columns.txt"));
        await File.WriteAllTextAsync(Path.Combine(path, "columns.txt"), "nonsense");
        await Database.SqlAsync("ATTACH TABLE traffic");

        var finding = await FindAsync("detached parts", Severity.Error);

        Assert.Contains("broken", (string)finding.Evidence["reason"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_without_the_projection_are_found_with_how_to_build_it()
    {
        await FillAsync(1000);
        var day = await Database.SqlAsync($"SELECT partition FROM system.parts WHERE database = '{Database.Name}' AND table = 'traffic' AND active LIMIT 1");
        await Database.SqlAsync($"ALTER TABLE traffic CLEAR PROJECTION newest_first IN PARTITION '{day}' SETTINGS mutations_sync = 1");

        var finding = await FindAsync("projections", Severity.Warning);

        Assert.Equal(1000L, finding.Evidence["rows_without"]);
        await Database.SqlAsync(finding.Todo![..finding.Todo!.IndexOf(',', StringComparison.Ordinal)] + " SETTINGS mutations_sync = 1");
        await FindAsync("projections", Severity.Ok);
    }

    [Fact]
    public async Task Parts_that_nobody_merges_are_found()
    {
        await Database.SqlAsync("SYSTEM STOP MERGES traffic");
        // One day, also at midnight.
        var day = $"toDate('{DateTime.UtcNow:yyyy-MM-dd}')";
        for (var insert = 0; insert < 110; insert++)
        {
            await FillAsync(1, insert, day: day);
        }

        var finding = await FindAsync("parts", Severity.Warning);

        Assert.Equal(110L, finding.Evidence["unmerged"]);
        Assert.Contains("SYSTEM START MERGES", finding.Todo, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mutation_that_fails_is_an_error()
    {
        await FillAsync(10);
        await Database.SqlAsync("ALTER TABLE traffic DELETE WHERE throwIf(pod_port >= 0) SETTINGS mutations_sync = 0");

        var finding = await FindAsync("mutations", Severity.Error);
        Assert.Contains("KILL MUTATION", finding.Todo, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rejected_events_are_found_by_reason()
    {
        await Database.SqlAsync("INSERT INTO rejected_events SELECT now64(6), 'bad_time', 'time_stamp', 'x' FROM numbers(30)");
        await Database.SqlAsync("INSERT INTO rejected_events SELECT now64(6) - INTERVAL 2 DAY, 'old', '', 'x' FROM numbers(70)");

        var finding = await FindAsync("rejected events", Severity.Warning);

        Assert.Contains("30 bad_time (time_stamp)", finding.What, StringComparison.Ordinal);
        Assert.Equal(30L, finding.Evidence["events"]);
    }

    [Fact]
    public async Task Clock_that_is_apart_is_an_error()
    {
        _clock.Pass(1);

        var finding = await FindAsync("clocks", Severity.Error);

        Assert.InRange((double)finding.Evidence["difference_seconds"]!, -86_410, -86_000);
    }

    [Fact]
    public async Task Agents_that_are_ahead_are_found_with_their_pods()
    {
        await FillAsync(100);
        await FillAsync(3, 1_000, "now64(6) + INTERVAL 1 HOUR", "fast");

        var finding = await FindAsync("clocks", Severity.Warning);

        Assert.Equal((3L, 103L), (finding.Evidence["flows_ahead"], finding.Evidence["flows"]));
        Assert.Contains("ns/fast", finding.What, StringComparison.Ordinal);
    }

    [Theory]
    // Counted from boot; a day ahead of everybody; the last time that ClickHouse knows.
    [InlineData("toDateTime64('1970-01-12 13:46:40', 6, 'UTC')", "1970-01-12")]
    [InlineData("now64(6) - INTERVAL 25 HOUR", null)]
    [InlineData("now64(6) + INTERVAL 25 HOUR", null)]
    [InlineData("toDateTime64('2299-12-31 23:59:59', 6, 'UTC')", "2299-12-31")]
    public async Task Flows_that_no_default_window_shows_are_found_with_their_share_and_pods(string time, string? shown)
    {
        await FillAsync(300, time: "now64(6) - INTERVAL 23 HOUR");
        await FillAsync(100, 1_000, time, "boot");

        var finding = await FindAsync("clocks", Severity.Warning, finding => finding.Evidence.ContainsKey("hidden"));

        Assert.Equal((100L, 400L, 0.25), (finding.Evidence["hidden"], finding.Evidence["flows"], finding.Evidence["share"]));
        Assert.Equal("ns/boot", finding.Evidence["pods"]);
        Assert.Contains(shown ?? "in no default window", finding.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task View_that_cannot_be_read_is_an_error_and_the_next_start_mends_it()
    {
        // As ClickHouse leaves it when its database is renamed.
        await Database.SqlAsync($"CREATE OR REPLACE VIEW rejected AS SELECT received_at FROM {Database.Name}.rejected_events");
        await Database.SqlAsync("ALTER TABLE rejected_events RENAME COLUMN reason TO reason_before");
        await Database.SqlAsync($"CREATE OR REPLACE VIEW rejected AS SELECT reason_before FROM {Database.Name}.rejected_events");
        await Database.SqlAsync("ALTER TABLE rejected_events RENAME COLUMN reason_before TO reason");
        await Database.SqlAsync("DROP VIEW store_disks");

        var finding = await FindAsync("views", Severity.Error, finding => finding.What.Contains("rejected", StringComparison.Ordinal));
        Assert.Contains(finding.Evidence["user"]!.ToString()!, finding.What, StringComparison.Ordinal);
        await FindAsync("views", Severity.Error, finding => finding.What.Contains("store_disks", StringComparison.Ordinal));
        await new Migrator(Client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);

        await FindAsync("views", Severity.Ok);
        Assert.Equal("0", await Database.SqlAsync("SELECT count(reason) FROM rejected"));
    }

    [Fact]
    public async Task Store_that_lost_its_secret_is_an_error()
    {
        await FillAsync(1);

        var finding = await FindAsync("secrets", Severity.Error);

        Assert.Contains("no dedup_secret", finding.What, StringComparison.Ordinal);
        await Database.SqlAsync("INSERT INTO store (name, value) VALUES ('dedup_secret', '000102030405060708090a0b0c0d0e0f')");
        await FindAsync("secrets", Severity.Ok);
    }

    [Fact]
    public async Task Table_without_its_projection_is_found()
    {
        await FillAsync(10);
        await Database.SqlAsync("ALTER TABLE traffic DROP PROJECTION newest_first SETTINGS mutations_sync = 1");

        Assert.Equal(10L, (await FindAsync("projections", Severity.Warning)).Evidence["rows"]);
    }

    [Fact]
    public async Task Last_backup_is_opened_and_a_broken_one_is_an_error()
    {
        var made = await new StoreBackup(Client, TimeProvider.System, NullLogger<StoreBackup>.Instance)
            .RunAsync(BackupDestination.Default, full: true, _ => { }, default);
        Assert.Contains("was opened", (await FindAsync("backups", Severity.Ok)).What, StringComparison.Ordinal);
        Directory.Delete(Path.Combine((await SharedNode.GetAsync()).BackupDirectory, made.Name), recursive: true);

        var finding = await FindAsync("backups", Severity.Error);

        Assert.Contains(made.Name, finding.What, StringComparison.Ordinal);
        Assert.Equal(ListedBackup.Broken, finding.Evidence["state"]);
    }

    [Fact]
    public async Task Expired_partitions_that_are_left_are_found()
    {
        await FillAsync(10, day: "today() - 20");
        _window = new RetentionWindow(7);
        _window.Raise(RetentionCalendar.OldestDay(TimeProvider.System.GetUtcNow(), 7, []));

        var finding = await FindAsync("retention", Severity.Warning);

        Assert.Equal((1, 10L), (finding.Evidence["expired_partitions"], finding.Evidence["rows"]));
    }

    [Fact]
    public async Task Schema_of_another_version_is_found()
    {
        await Database.SqlAsync("INSERT INTO schema_migrations (version, name, checksum) VALUES (999, 'later', 'x')");

        Assert.Contains("999", (await FindAsync("versions", Severity.Error)).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Database_left_of_an_interrupted_backup_is_found()
    {
        await Database.SqlAsync($"CREATE DATABASE `{Database.Name}_backup`");
        try
        {
            var finding = await FindAsync("backups", Severity.Warning);

            Assert.Equal($"{Database.Name}_backup", finding.Evidence["database"]);
        }
        finally
        {
            await Database.SqlAsync($"DROP DATABASE `{Database.Name}_backup`");
        }
    }

    [Fact]
    public async Task ClickHouse_that_is_away_is_the_one_finding()
    {
        using var away = Database.Client(through: new Uri("http://127.0.0.1:1"));

        var findings = await new Doctor(away, StoreChecks.Of(away, _window, "test", StoreSchema.Migrations.Count, _clock)).ExamineAsync(default);

        Assert.Equal(("clickhouse", Severity.Error), (Assert.Single(findings).Check, findings[0].Severity));
    }

    /// <summary>Looks until it is found: others keep the engine busy, which then answers late, and are in the middle of backups.</summary>
    private async Task<Finding> FindAsync(string check, Severity severity, Predicate<Finding>? isMeant = null)
    {
        IReadOnlyList<Finding> findings = [];
        try
        {
            await Patience.UntilAsync($"{severity} of {check}", async () =>
                (findings = await LookAsync()).Any(IsIt));
        }
        catch (TimeoutException)
        {
            Assert.Fail(string.Join('\n', findings));
        }

        return findings.First(IsIt);

        // That a busy engine did not answer a check in time is a warning of the same check.
        bool IsIt(Finding finding) =>
            finding.Check == check && finding.Severity == severity && !finding.What.StartsWith("It could not be looked at", StringComparison.Ordinal)
            && isMeant?.Invoke(finding) != false;
    }

    private Task<IReadOnlyList<Finding>> LookAsync() =>
        new Doctor(Client, StoreChecks.Of(Client, _window, "test", StoreSchema.Migrations.Count, _clock)).ExamineAsync(default);

    private Task<string> FillAsync(
        int rows, int from = 0, string time = "now64(6)", string pod = "pod", string day = "toDate(now(), 'UTC')") =>
        Database.SqlAsync($"""
        INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, ip_protocol, traffic_type, traffic_in_out_ip, decision,
            pod_port, traffic_in_out_port, time_stamp, arrival_day, version, sequence)
        SELECT reinterpretAsFixedString(generateUUIDv4(number)), '{pod}', 'ns', '10.0.0.1', 'TCP', 'INGRESS', toString(number + {from}), 'ALLOW',
            8080, 443, {time}, {day}, 4294967295 - toUnixTimestamp(now()), toUnixTimestamp64Micro(now64(6)) + number
        FROM numbers({rows})
        """);
}
