using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>A server that takes events in and one that answers questions about them, on one store.</summary>
public sealed class RolePair : IAsyncLifetime
{
    private readonly TestDirectory _queryDirectory = new();
    private RemoteStore _store = null!;

    internal ServerProcess Ingest { get; private set; } = null!;

    internal ServerProcess Query { get; private set; } = null!;

    internal string IngestDirectory => _store.DataDirectory;

    internal string QueryDirectory => _queryDirectory.Path;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        Ingest = await _store.StartServerAsync(("KGUARDIAN_ROLE", "ingest"), ("KGUARDIAN_STORAGE__CODEC", "ZSTD(3)"));
        Query = await ServerProcess.StartAsync(QueryDirectory, [.. _store.Settings, ("KGUARDIAN_ROLE", "query")]);
    }

    /// <summary>Asks ClickHouse; <c>kguardian.</c> stands for the store's database.</summary>
    public Task<string> SqlAsync(string sql) => _store.SqlAsync(sql);

    public async ValueTask DisposeAsync()
    {
        await Query.DisposeAsync();
        await Ingest.DisposeAsync();
        await _store.DisposeAsync();
        _queryDirectory.Dispose();
    }
}
