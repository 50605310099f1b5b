using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class MigratorTests() : DatabaseTest(isMigrated: false)
{
    private static readonly IReadOnlyList<Migration> All = StoreSchema.Migrations;

    public static TheoryData<int> EarlierStates => [.. Enumerable.Range(0, All.Count)];

    [Fact]
    public async Task Migrate_of_no_database_creates_it_and_applies_everything()
    {
        await Database.SqlAsync($"DROP DATABASE {Database.Name} SYNC");

        Assert.Equal(All.Count, await Migrator(All).MigrateAsync(alone: false));

        Assert.Equal(Migrator(All).NewestVersion, await Migrator(All).ReadVersionAsync());
        Assert.Equal("Atomic", await Sql.RunAsync(Database.Endpoint, $"SELECT engine FROM system.databases WHERE name = '{Database.Name}'"));
        Assert.Equal($"{All.Count}\t{All.Count}\t{All.Count}", await HistoryAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Migrate_again_takes_no_steps_and_changes_nothing(bool alone)
    {
        await Migrator(All).MigrateAsync(alone);
        var schema = await SchemaAsync();

        Assert.Equal(0, await Migrator(All).MigrateAsync(alone));

        Assert.Equal(schema, await SchemaAsync());
        Assert.Equal("0", await Database.SqlAsync("SELECT count() FROM system.tables WHERE database = currentDatabase() AND name LIKE 'schema_lock%'"));
    }

    [Fact]
    public async Task Migrate_release_by_release_ends_at_the_same_schema()
    {
        await using var copy = await TestClients.CreateMigratedDatabaseAsync();
        for (var version = 1; version <= All.Count; version++)
        {
            Assert.Equal(1, await Migrator([.. All.Take(version)]).MigrateAsync(alone: true));
        }

        Assert.Equal(await SchemaAsync(copy), await SchemaAsync());
    }

    [Theory]
    [MemberData(nameof(EarlierStates))]
    public async Task Migrate_after_a_crash_anywhere_in_a_migration_ends_at_the_same_schema(int version)
    {
        await using var copy = await TestClients.CreateMigratedDatabaseAsync();
        await Migrator([.. All.Take(version)]).MigrateAsync(alone: true);
        // A crash after any of its statements, and after the last one but before its record.
        var statements = All[version].Statements().ToArray();
        for (var done = 1; done <= statements.Length; done++)
        {
            foreach (var statement in statements.Take(done))
            {
                await Client.ExecuteAsync(new ClickHouseQuery(statement));
            }
        }

        Assert.Equal(All.Count - version, await Migrator(All).MigrateAsync(alone: true));

        Assert.Equal(await SchemaAsync(copy), await SchemaAsync());
    }

    [Fact]
    public async Task Migrate_stopped_by_a_failing_statement_goes_on_where_it_was()
    {
        var broken = new Migration(2, "second", "CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = Memory;\nSELECT * FROM missing;\n");
        var first = new Migration(1, "first", "CREATE TABLE IF NOT EXISTS b (x UInt8) ENGINE = Memory;\n");
        var error = await Assert.ThrowsAsync<ClickHouseException>(() => Migrator([first, broken]).MigrateAsync(alone: false));
        Assert.Equal(60, error.Code);

        // The lock was released: nothing waits for it to become stale.
        var repaired = broken with { Sql = "CREATE TABLE IF NOT EXISTS a (x UInt8) ENGINE = Memory;\n" };
        Assert.Equal(1, await Migrator([first, repaired]).MigrateAsync(alone: false));
    }

    [Fact]
    public async Task Migrate_over_edited_history_is_refused_naming_the_file()
    {
        await Migrator(All).MigrateAsync(alone: true);
        var edited = All.Select(migration => migration.Version == 2 ? new Migration(2, migration.Name, migration.Sql + "-- edited\n") : migration);

        var error = await Assert.ThrowsAsync<SchemaException>(() => Migrator([.. edited]).MigrateAsync(alone: true));

        Assert.Contains($"0002_{All[1].Name}", error.Message, StringComparison.Ordinal);
        Assert.Contains(All[1].Checksum, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Migrate_of_a_newer_schema_is_refused_and_changes_nothing()
    {
        await Migrator([.. All, new Migration(All.Count + 1, "future", "SELECT 1;\n")]).MigrateAsync(alone: true);
        var schema = await SchemaAsync();

        var error = await Assert.ThrowsAsync<SchemaException>(() => Migrator(All).MigrateAsync(alone: true));

        Assert.Contains($"{All.Count + 1} (future)", error.Message, StringComparison.Ordinal);
        Assert.Equal(schema, await SchemaAsync());
        Assert.NotEqual(Migrator(All).NewestVersion, await Migrator(All).ReadVersionAsync());
    }

    [Fact]
    public async Task Migrate_of_history_with_a_gap_is_refused()
    {
        await Migrator([All[0]]).MigrateAsync(alone: true);
        await Database.SqlAsync($"INSERT INTO schema_migrations (version, name, checksum) VALUES (3, '{All[2].Name}', '{All[2].Checksum}')");

        await Assert.ThrowsAsync<SchemaException>(() => Migrator(All).MigrateAsync(alone: true));
    }

    private Migrator Migrator(IReadOnlyList<Migration> migrations) => new(Client, migrations, NullLogger<Migrator>.Instance);

    private Task<string> HistoryAsync() =>
        Database.SqlAsync("SELECT count(), uniqExact(version), max(version) FROM schema_migrations");

    private Task<string> SchemaAsync(TestDatabase? database = null) =>
        (database ?? Database).SqlAsync("""
            SELECT * FROM
            (
                SELECT name, replaceAll(create_table_query, currentDatabase(), 'db') AS text, 0 AS position FROM system.tables
                WHERE database = currentDatabase()
                UNION ALL
                SELECT table, concat(name, ' ', type, ' ', default_kind, ' ', default_expression, ' ', compression_codec, ' ', comment), position
                FROM system.columns WHERE database = currentDatabase()
            )
            ORDER BY name, position
            """);
}
