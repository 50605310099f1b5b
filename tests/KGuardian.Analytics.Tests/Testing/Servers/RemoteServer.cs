namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>A server with a ClickHouse that somebody else started.</summary>
public sealed class RemoteServer : AnyServer
{
    private RemoteStore _store = null!;

    public override Task<string> SqlAsync(string sql) => _store.SqlAsync(sql);

    public override async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
        }
    }

    protected override async Task<ServerProcess> StartAsync((string Name, string Value) setting)
    {
        _store = await RemoteStore.CreateAsync();
        return await _store.StartServerAsync(setting);
    }
}
