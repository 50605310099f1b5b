using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Store;

/// <summary>As whom a store's views are read: as who defines them, and on a local node as its users for dashboards and for SQL by hand.</summary>
internal sealed class StoreReaders : IDisposable
{
    /// <summary>A row takes kilobytes; those users may have as little as tens of megabytes.</summary>
    private const long MemoryBytes = 32 << 20;

    private readonly List<ClickHouseClient> _own = [];

    /// <summary>The readers of a store.</summary>
    /// <param name="store">ClickHouse; its database is the store. It stays its owner's.</param>
    /// <param name="node">The local node; null for a ClickHouse of the user's, whose other users' passwords are not known.</param>
    /// <param name="options">How ClickHouse is spoken to.</param>
    /// <param name="loggers">Logs.</param>
    public StoreReaders(ClickHouseClient store, LocalNode? node, ClickHouseClientOptions options, ILoggerFactory loggers)
    {
        if (node is not null)
        {
            var limited = options with { MemoryLimitBytes = MemoryBytes };
            foreach (var endpoint in new[] { node.ReadOnlyEndpoint, node.GrafanaEndpoint })
            {
                _own.Add(new ClickHouseClient([endpoint], limited, loggers.CreateLogger<ClickHouseClient>()));
            }
        }

        All = [store, .. _own];
    }

    /// <summary>A client of each.</summary>
    public IReadOnlyList<ClickHouseClient> All { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var client in _own)
        {
            client.Dispose();
        }
    }
}
