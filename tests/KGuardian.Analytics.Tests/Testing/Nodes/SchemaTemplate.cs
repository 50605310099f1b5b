using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>
/// The schema as the migrations leave it on the shared node, made there once and copied into each test's database: hundreds of tests want one, and a
/// copy takes a fifth of the statements. <c>SchemaTemplateTests</c> holds that a copy is what the migrations make.
/// </summary>
internal static class SchemaTemplate
{
    private static readonly Lazy<Task<Template>> Made = new(MakeAsync);

    /// <summary>Gives an empty database the schema of this binary, and its history.</summary>
    public static async Task CopyToAsync(TestDatabase database)
    {
        var template = await Made.Value;
        using var client = database.Client();
        foreach (var statement in template.Tables)
        {
            await client.ExecuteAsync(new ClickHouseQuery(statement.Replace(template.Database, database.Name, StringComparison.Ordinal)));
        }

        foreach (var view in template.Views)
        {
            await client.ExecuteAsync(new ClickHouseQuery(view));
        }

        await client.ExecuteAsync(new ClickHouseQuery($"INSERT INTO schema_migrations SELECT * FROM {template.Database}.schema_migrations"));
    }

    private static async Task<Template> MakeAsync()
    {
        // Dropped with the node.
        var database = await SharedNode.CreateDatabaseAsync();
        using var client = database.Client();
        await new Migrator(client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        var tables = await client.QueryAsync<string>(new ClickHouseQuery(
            "SELECT create_table_query AS value FROM system.tables WHERE database = currentDatabase() AND engine != 'View' ORDER BY name"));
        return new Template(database.Name, tables, new SchemaViews(StoreSchema.Migrations).Statements);
    }

    private sealed record Template(string Database, IReadOnlyList<string> Tables, IReadOnlyList<string> Views);
}
