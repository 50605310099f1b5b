using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents;

/// <summary>New edges on a ClickHouse by itself.</summary>
public sealed class NewEdgeTests : NewEdges, IAsyncDisposable
{
    private RemoteStore? _store;
    private ServerProcess? _server;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_store?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private protected override async Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings)
    {
        _store ??= await RemoteStore.CreateAsync();
        return _server = await _store.StartServerAsync(settings);
    }
}
