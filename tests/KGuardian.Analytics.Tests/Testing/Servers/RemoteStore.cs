using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>A database on the shared node and a data directory for servers that use it. Servers on it start without a node, so fast.</summary>
internal sealed class RemoteStore : IAsyncDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly TestDatabase _database;

    private RemoteStore(TestDatabase database) => _database = database;

    public string DataDirectory => _directory.Path;

    public ClickHouseEndpoint Endpoint => _database.Endpoint;

    public string Database => _database.Name;

    /// <summary>Where the node is and who asks.</summary>
    public (string Name, string Value)[] Settings => SettingsAt(Endpoint.Url);

    /// <summary>A store that an earlier start of a server migrated.</summary>
    public static async Task<RemoteStore> CreateAsync() => new(await TestClients.CreateMigratedDatabaseAsync());

    /// <summary>A store that no server has seen.</summary>
    public static async Task<RemoteStore> CreateEmptyAsync() => new(await SharedNode.CreateDatabaseAsync());

    /// <summary>The settings of a server that reaches the node at another address.</summary>
    public (string Name, string Value)[] SettingsAt(Uri url) =>
    [
        ("KGUARDIAN_CLICKHOUSE_URL", url.ToString()), ("KGUARDIAN_CLICKHOUSE_USER", Endpoint.User),
        ("KGUARDIAN_CLICKHOUSE_PASSWORD", Endpoint.Password), ("KGUARDIAN_CLICKHOUSE__DATABASE", Database),
    ];

    public Task<ServerProcess> StartServerAsync(params (string Name, string Value)[] settings) =>
        ServerProcess.StartAsync(DataDirectory, [.. Settings, .. settings]);

    /// <summary>Asks ClickHouse; <c>kguardian.</c> stands for this database.</summary>
    public Task<string> SqlAsync(string sql) => Sql.RunAsync(Endpoint, sql.Replace("kguardian.", Database + ".", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _database.DisposeAsync();
        }
        finally
        {
            _directory.Dispose();
        }
    }
}
