using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Cluster;

/// <summary>Servers on a cluster's store.</summary>
internal static class ClusterServers
{
    /// <summary>A server on the cluster, healthy; it ends with the store at the latest.</summary>
    public static Task<ServerProcess> StartServerAsync(this ClusterStore store, params (string Name, string Value)[] settings) =>
        store.StartServerAsync(store.DataDirectory, [.. store.Settings(), .. settings]);

    /// <summary>Any server; it ends with the store at the latest.</summary>
    public static async Task<ServerProcess> StartServerAsync(this ClusterStore store, string dataDirectory, params (string Name, string Value)[] settings)
    {
        var server = await ServerProcess.StartAsync(dataDirectory, settings);
        store.EndsWithThis(server);
        return server;
    }
}
