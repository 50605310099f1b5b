using Npgsql;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>
/// A private PostgreSQL from Debian's packages: its own temporary cluster, loopback only, durability at its defaults (fsync and
/// synchronous_commit on). Memory and WAL get more than the defaults, so that it is not slowed by small caches or checkpoints.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    private const string User = "bench";
    private const string SystemUser = "postgres";
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"kguardian-bench-pg-{Guid.NewGuid():N}");
    private readonly ChildProcess _server;

    public PostgresServer()
    {
        var binaries = FindBinaries();
        var port = ChildProcess.FreePort();
        ConnectionString = $"Host=127.0.0.1;Port={port};Username={User};Database=postgres;Timeout=60;Command Timeout=600;Maximum Pool Size=32";
        // initdb and postgres refuse to run as root.
        if (Environment.IsPrivilegedProcess)
        {
            ChildProcess.RunToEnd("install", "-d", "-m", "700", "-o", SystemUser, "-g", SystemUser, _directory);
        }
        else
        {
            Directory.CreateDirectory(_directory);
        }

        try
        {
            string[] initdb = [Path.Combine(binaries, "initdb"), "-D", DataDirectory, "-U", User, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
            var (initProgram, initArguments) = AsOrdinaryUser(initdb);
            ChildProcess.RunToEnd(initProgram, initArguments);
            string[] postgres =
            [
                Path.Combine(binaries, "postgres"), "-D", DataDirectory, "-p", $"{port}", "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "shared_buffers=1GB", "-c", "max_wal_size=4GB", "-c", "max_connections=100",
            ];
            var (program, arguments) = AsOrdinaryUser(postgres);
            _server = new(program, arguments, [], ChildProcess.SigInt);
            _server.WaitUntilReady(Answers, TimeSpan.FromSeconds(60));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string ConnectionString { get; }

    public int Id => _server.Id;

    /// <summary>Tables and indexes; the write-ahead log beside them is not data and would count against PostgreSQL.</summary>
    public string TablesDirectory => Path.Combine(DataDirectory, "base");

    private string DataDirectory => Path.Combine(_directory, "data");

    public void Execute(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _server?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private bool Answers()
    {
        try
        {
            Execute("SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static string FindBinaries()
    {
        const string Versions = "/usr/lib/postgresql";
        var newest = Directory.Exists(Versions)
            ? Directory.EnumerateDirectories(Versions).Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb"))).OrderDescending(StringComparer.Ordinal).FirstOrDefault()
            : null;
        return newest ?? throw new InvalidOperationException($"No PostgreSQL under {Versions}/*/bin; install it: apt-get install postgresql.");
    }

    private static (string Program, IEnumerable<string> Arguments) AsOrdinaryUser(string[] command) => Environment.IsPrivilegedProcess
        ? ("setpriv", [$"--reuid={SystemUser}", $"--regid={SystemUser}", "--clear-groups", "--", .. command])
        : (command[0], command[1..]);
}
