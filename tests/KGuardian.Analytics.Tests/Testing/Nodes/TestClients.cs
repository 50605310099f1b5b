using KGuardian.Analytics.Query;
using KGuardian.Analytics.Retention;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>The client under test, connected to a test's database.</summary>
internal static class TestClients
{
    /// <summary>No flow expires.</summary>
    public static RetentionWindow KeepAll => new(0);

    public static ClickHouseClient Client(
        this TestDatabase database, ClickHouseClientOptions? options = null, Uri? through = null, HttpMessageHandler? handler = null,
        ILogger<ClickHouseClient>? logger = null) =>
        new(
            [through is null ? database.Endpoint : database.Endpoint with { Url = through }],
            (options ?? new ClickHouseClientOptions()) with { Database = database.Name },
            logger ?? NullLogger<ClickHouseClient>.Instance,
            handler);

    /// <summary>What runs reads of flows through a client.</summary>
    public static FlowQueryRunner Runner(this ClickHouseClient client, RetentionWindow? window = null, QueryOptions? options = null) =>
        new(ClickHouseCluster.Of(client), window ?? KeepAll, options ?? new QueryOptions());

    /// <summary>All flows of a selection, whenever they arrived.</summary>
    public static ShownFlows Shown(this FlowSelection selection) => new(selection, default);

    /// <summary>A database with the schema of this binary.</summary>
    public static async Task<TestDatabase> CreateMigratedDatabaseAsync()
    {
        var database = await SharedNode.CreateDatabaseAsync();
        await SchemaTemplate.CopyToAsync(database);
        return database;
    }

    /// <summary>A statement on a test's database, past the client under test.</summary>
    public static Task<string> SqlAsync(this TestDatabase database, string sql) =>
        Sql.RunAsync(database.Endpoint with { Url = new Uri(database.Endpoint.Url, $"/?database={database.Name}") }, sql);
}
