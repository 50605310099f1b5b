using System.Diagnostics;
using KGuardian.Analytics.Tests.Testing.Network;
using Npgsql;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>
/// A private PostgreSQL on loopback, of Debian's packages, in a directory of its own; databases for tests to fill. Where there is none the tests are
/// skipped.
/// </summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    /// <summary>Owns everything, and needs no password.</summary>
    public const string Owner = "boss";

    /// <summary>May read, and needs a password.</summary>
    public const string Reader = "reader";

    private const string SystemUser = "postgres";

    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"kguardian-test-pg-{Guid.NewGuid():N}");
    private readonly int _port = FixedPort.Choose();
    private Process? _server;

    /// <summary>Why there is none; null when there is one.</summary>
    public string? Missing { get; private set; }

    /// <summary>Its address.</summary>
    public string HostAndPort => $"127.0.0.1:{_port}";

    public async ValueTask InitializeAsync()
    {
        var binaries = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault() : null;
        Missing = binaries is null ? "PostgreSQL is not there (Debian's package postgresql)"
            : Environment.IsPrivilegedProcess && !Command.Exists("setpriv") ? "setpriv is not on PATH" : null;
        if (Missing is not null)
        {
            return;
        }

        if (Environment.IsPrivilegedProcess)
        {
            // initdb and postgres refuse to run as root.
            await Command.RunAsync("install", "-d", "-m", "700", "-o", SystemUser, "-g", SystemUser, _directory);
        }
        else
        {
            Directory.CreateDirectory(_directory);
        }

        var data = Path.Combine(_directory, "data");
        var (program, arguments) = AsOrdinaryUser(
            Path.Combine(binaries!, "initdb"), "-D", data, "-U", Owner, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N");
        await Command.RunAsync(program, arguments);
        var access = Path.Combine(data, "pg_hba.conf");
        await File.WriteAllTextAsync(access, $"host all {Reader} 127.0.0.1/32 scram-sha-256\n{await File.ReadAllTextAsync(access)}");
        (program, arguments) = AsOrdinaryUser(
            Path.Combine(binaries!, "postgres"), "-D", data, "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", "fsync=off");
        _server = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _server.ErrorDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        await Patience.UntilAsync("PostgreSQL answers", AnswersAsync);
        await RunAsync("postgres", $"CREATE ROLE {Reader} LOGIN PASSWORD 'right'");
    }

    /// <summary>Makes a database with a broker's tables, for tests to fill; the reader may read it.</summary>
    public async Task<string> CreateAsync(params string[] sql)
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var name = $"broker_{Guid.NewGuid():N}";
        await RunAsync("postgres", $"CREATE DATABASE {name}");
        foreach (var statement in sql)
        {
            await RunAsync(name, statement);
        }

        await RunAsync(name, $"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {Reader}");
        return name;
    }

    /// <summary>The URL of a database, for its owner.</summary>
    public string UrlOf(string database) => $"postgres://{Owner}@{HostAndPort}/{database}";

    /// <summary>Runs statements in a database.</summary>
    public async Task RunAsync(string database, string sql, params object?[] parameters)
    {
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={_port};Username={Owner};Database={database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
        {
            command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        }

        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            // Ends at once, and leaves nothing worth keeping.
            Signals.SendKill(_server.Id);
            await _server.WaitForExitAsync().WaitAsync(Patience.Limit);
            _server.Dispose();
        }

        if (Directory.Exists(_directory))
        {
            // Its own children notice within moments that it is gone, and may write until then.
            await Patience.UntilAsync("PostgreSQL's directory is gone", TryDelete);
        }
    }

    private bool TryDelete()
    {
        try
        {
            Directory.Delete(_directory, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.False(_server!.HasExited, "PostgreSQL ended");
        try
        {
            await RunAsync("postgres", "SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static (string Program, string[] Arguments) AsOrdinaryUser(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ("setpriv", [$"--reuid={SystemUser}", $"--regid={SystemUser}", "--clear-groups", "--", program, .. arguments])
        : (program, arguments);
}
