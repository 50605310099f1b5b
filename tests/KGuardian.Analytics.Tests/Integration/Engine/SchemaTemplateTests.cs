using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Engine;

/// <summary>What the tests' databases begin with is what the migrations make.</summary>
public sealed class SchemaTemplateTests() : DatabaseTest(isMigrated: false)
{
    [Fact]
    public async Task Copy_is_what_the_migrations_make()
    {
        await new Migrator(Client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        await using var copy = await TestClients.CreateMigratedDatabaseAsync();

        var made = await DescribeAsync(Database);

        Assert.Contains("schema_migrations", made, StringComparison.Ordinal);
        Assert.Equal(made, await DescribeAsync(copy));
    }

    private static async Task<string> DescribeAsync(TestDatabase database)
    {
        var tables = await database.SqlAsync(
            "SELECT name, engine, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name FORMAT TSVRaw");
        var history = await database.SqlAsync("SELECT version, name, checksum FROM schema_migrations ORDER BY version FORMAT TSVRaw");
        return (tables + history).Replace(database.Name, "database", StringComparison.Ordinal);
    }
}
