using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Topology;

/// <summary>A server that has the sample, and a small cluster of which all is known. Tests add flows of days of their own.</summary>
public sealed class TopologyServer : IAsyncLifetime
{
    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    internal ApiClient Api => _server.Api;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync();
        using var posted = await ApiClient.PatientlyAsync(() => Api.PostAsync("/pod/traffic/batch", RealFlows.Json));
        Assert.Equal("104", await posted.Content.ReadAsStringAsync());
        await TopologyCluster.PostAsync(Api);
        // Names are found out behind their specs.
        await Patience.UntilAsync(async () => (await Api.GetTextAsync(
            "/api/v1/networkTopology/ownerTopology?from=1778544000&to=1778630399&kind=Deployment&namespace=shop&name=web"))
            .Contains("client/Deployment/caller", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }
}
