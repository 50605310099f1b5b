using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>An empty database of its own on the shared node, dropped when disposed.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    private TestDatabase(ClickHouseEndpoint endpoint, string name)
    {
        Endpoint = endpoint;
        Name = name;
    }

    /// <summary>The shared node, as the administrative user.</summary>
    internal ClickHouseEndpoint Endpoint { get; }

    public string Name { get; }

    internal static async Task<TestDatabase> CreateAsync(ClickHouseEndpoint endpoint)
    {
        var database = new TestDatabase(endpoint, $"test_{Guid.NewGuid():n}");
        await Sql.RunAsync(endpoint, $"CREATE DATABASE {database.Name}");
        return database;
    }

    public async ValueTask DisposeAsync() => await Sql.RunAsync(Endpoint, $"DROP DATABASE IF EXISTS {Name} SYNC SETTINGS max_table_size_to_drop = 0");
}
