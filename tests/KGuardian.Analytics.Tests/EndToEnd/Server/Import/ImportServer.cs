using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Import;

/// <summary>A server to import into, and a PostgreSQL to import from.</summary>
public sealed class ImportServer : IAsyncLifetime
{
    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    public PostgresCluster Postgres { get; } = new();

    public Uri Address => Api.Address;

    internal ApiClient Api => _server.Api;

    public async ValueTask InitializeAsync()
    {
        await Postgres.InitializeAsync();
        if (Postgres.Missing is null)
        {
            _store = await RemoteStore.CreateAsync();
            // Small enough for one of the tests to go over it.
            _server = await _store.StartServerAsync(("KGUARDIAN_INGEST__MAXBODYBYTES", "200000"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
            await _store.DisposeAsync();
        }
    }

    /// <summary>Asks its ClickHouse.</summary>
    internal Task<string> SqlAsync(string sql) => _store.SqlAsync(sql);

    /// <summary>The arguments of an import with a state of its own.</summary>
    internal string[] Arguments(string database, string state, params string[] others) =>
        ["import", "postgres", "--from", Postgres.UrlOf(database), "--server", Address.ToString(), "--state", state, "--json", .. others];

    /// <summary>Imports, and returns what became of flows, and the whole report.</summary>
    internal async Task<(int ExitCode, JsonObject Flows, JsonObject Report)> ImportAsync(string database, string state, params string[] others)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(Arguments(database, state, others));
        Assert.True(output.Length > 0, $"{exitCode}: {error}");
        var report = JsonNode.Parse(output)!.AsObject();
        return (exitCode, Table(report, "flows"), report);
    }

    /// <summary>A table's part of a report.</summary>
    internal static JsonObject Table(JsonObject report, string name) =>
        report["tables"]!.AsArray().Select(table => table!.AsObject()).SingleOrDefault(table => (string?)table["table"] == name) ?? [];
}
