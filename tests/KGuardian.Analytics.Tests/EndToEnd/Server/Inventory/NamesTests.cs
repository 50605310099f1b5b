using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Inventory;

/// <summary>Names on one server.</summary>
public sealed class NamesTests : NamesOfADay
{
    private RemoteStore _store = null!;

    private protected override async Task<ServerProcess> StartAsync()
    {
        _store = await RemoteStore.CreateAsync();
        return await _store.StartServerAsync();
    }

    private protected override async ValueTask StopAsync(ServerProcess server)
    {
        await server.DisposeAsync();
        await _store.DisposeAsync();
    }
}
