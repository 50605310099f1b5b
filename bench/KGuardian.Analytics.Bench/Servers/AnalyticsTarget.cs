using System.Diagnostics;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>This repository's server with its own ClickHouse node, on a free port and a temporary data directory.</summary>
internal sealed class AnalyticsTarget : ITarget
{
    internal const string Executable = "kguardian-analytics";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("kguardian-bench-");
    private readonly string _program;
    private readonly Dictionary<string, string> _environment;
    private readonly bool _hasClock;
    private ChildProcess _server;

    /// <param name="clock">The server's wall clock, or null for the real one; its node always has the real one.</param>
    /// <param name="settings">Further settings of the server, by their environment variables.</param>
    public AnalyticsTarget(SteppedClock? clock = null, params IEnumerable<KeyValuePair<string, string>> settings)
    {
        _program = Path.Combine(AppContext.BaseDirectory, Executable);
        if (!File.Exists(_program))
        {
            throw new InvalidOperationException($"{Executable} is not beside the bench; build the solution first.");
        }

        _environment = new Dictionary<string, string>(settings.Concat(clock?.Environment ?? Enumerable.Empty<KeyValuePair<string, string>>()))
        {
            ["LISTEN_ADDR"] = "127.0.0.1:0",
            ["KGUARDIAN_DATA_DIR"] = _data.FullName,
            // Says which port the system chose.
            ["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information",
        };
        _hasClock = clock is not null;
        _server = Launch();
        WaitUntilHealthy();
    }

    public string Name => Comparison.Ours;

    public Uri Url { get; private set; } = null!;

    public ServerProbe Probe { get; private set; } = new(null, null);

    /// <summary>Ends the server and starts it again over its data, on another port; returns how long the start took, until it was healthy.</summary>
    public TimeSpan Restart()
    {
        _server.Dispose();
        var started = Stopwatch.GetTimestamp();
        _server = Launch();
        WaitUntilHealthy();
        return Stopwatch.GetElapsedTime(started);
    }

    public void PrepareForReads()
    {
        // Nothing: reads are as fast as the background merges have made them by now.
    }

    public void Dispose()
    {
        _server.Dispose();
        // The node of a server that had to be killed may write for a moment yet.
        for (var tries = 100; Directory.Exists(_data.FullName); tries--)
        {
            try
            {
                Directory.Delete(_data.FullName, recursive: true);
            }
            catch (IOException) when (tries > 0)
            {
                Thread.Sleep(100);
            }
        }
    }

    // Under the name of dotnet the clock tells it from its node, which is the same program.
    private ChildProcess Launch() => _hasClock ? new("dotnet", [$"{_program}.dll"], _environment) : new(_program, [], _environment);

    private void WaitUntilHealthy()
    {
        try
        {
            _server.WaitUntilReady(() => _server.Address is not null, Patience);
            Url = _server.Address!;
            _server.WaitUntilReady(() => HealthCheck.IsHealthy(Url), Patience);
        }
        catch
        {
            Dispose();
            throw;
        }

        Probe = new(_server.Id, _data.FullName);
    }
}
