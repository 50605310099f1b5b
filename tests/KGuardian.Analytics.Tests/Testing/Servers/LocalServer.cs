using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>A server with a node of its own.</summary>
public sealed class LocalServer : AnyServer
{
    private readonly TestDirectory _directory = new();

    public override Task<string> SqlAsync(string sql) => Sql.RunAsync(DataDirectory.ReadOnlyEndpoint(_directory.Path), sql);

    /// <summary>Asks ClickHouse as the dashboards' user.</summary>
    public Task<string> GrafanaSqlAsync(string sql) => Sql.RunAsync(DataDirectory.GrafanaEndpoint(_directory.Path), sql);

    public override async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        _directory.Dispose();
    }

    protected override Task<ServerProcess> StartAsync((string Name, string Value) setting) => ServerProcess.StartAsync(_directory.Path, setting);
}
