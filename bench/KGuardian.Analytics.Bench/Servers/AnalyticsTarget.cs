using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>This repository's server with its own ClickHouse node, on a free port and a temporary data directory.</summary>
internal sealed class AnalyticsTarget : ITarget
{
    private const string Executable = "kguardian-analytics";
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("kguardian-bench-");
    private readonly ChildProcess _server;

    public AnalyticsTarget()
    {
        var program = Path.Combine(AppContext.BaseDirectory, Executable);
        if (!File.Exists(program))
            throw new InvalidOperationException($"{Executable} is not beside the bench; build the solution first.");
        var port = ChildProcess.FreePort();
        Url = new($"http://127.0.0.1:{port}");
        _server = new(program, [], new Dictionary<string, string>
        {
            ["LISTEN_ADDR"] = $"127.0.0.1:{port}",
            ["KGUARDIAN_DATA_DIR"] = _data.FullName,
        });
        try
        {
            _server.WaitUntilReady(() => HealthCheck.IsHealthy(Url), TimeSpan.FromSeconds(60));
        }
        catch
        {
            Dispose();
            throw;
        }

        Probe = new(_server.Id, _data.FullName);
    }

    public string Name => Comparison.Ours;

    public Uri Url { get; }

    public ServerProbe Probe { get; } = new(null, null);

    public void PrepareForReads()
    {
        // Nothing: reads are as fast as the background merges have made them by now.
    }

    public void Dispose()
    {
        _server.Dispose();
        _data.Delete(recursive: true);
    }
}
