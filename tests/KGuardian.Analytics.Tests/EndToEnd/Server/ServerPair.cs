using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Two servers that take events into one store, where what is stored twice stays so: ClickHouse does not merge it.</summary>
public sealed class ServerPair : IAsyncLifetime
{
    private static readonly (string, string) Several = ("KGUARDIAN_INGEST__SERVERS", "several");

    private readonly TestDirectory _otherDirectory = new();
    private RemoteStore _store = null!;

    internal ServerProcess One { get; private set; } = null!;

    internal ServerProcess Other { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        One = await _store.StartServerAsync(Several);
        Other = await ServerProcess.StartAsync(_otherDirectory.Path, [.. _store.Settings, Several]);
        await SqlAsync("SYSTEM STOP MERGES kguardian.traffic");
    }

    /// <summary>Asks ClickHouse; <c>kguardian.</c> stands for the store's database.</summary>
    public Task<string> SqlAsync(string sql) => _store.SqlAsync(sql);

    /// <summary>Waits until so many rows of a pod are stored.</summary>
    public Task StoredAsync(string pod, long rows) =>
        Patience.UntilAsync($"{rows} rows of {pod} are stored", async () => await RowsAsync(pod) == $"{rows}");

    /// <summary>How many rows of a pod are stored.</summary>
    public Task<string> RowsAsync(string pod) => SqlAsync($"SELECT count() FROM kguardian.traffic WHERE pod_name = '{pod}'");

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
        await _store.DisposeAsync();
        _otherDirectory.Dispose();
    }
}
