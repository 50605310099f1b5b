using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>A test with a database of its own on the shared node, and a client of it.</summary>
/// <param name="isMigrated">Whether it has the schema; else it is empty.</param>
public abstract class DatabaseTest(bool isMigrated) : IAsyncLifetime
{
    protected TestDatabase Database { get; private set; } = null!;

    private protected ClickHouseClient Client { get; private set; } = null!;

    public virtual async ValueTask InitializeAsync()
    {
        Database = isMigrated ? await TestClients.CreateMigratedDatabaseAsync() : await SharedNode.CreateDatabaseAsync();
        Client = Database.Client();
    }

    public virtual async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Database.DisposeAsync();
    }
}
