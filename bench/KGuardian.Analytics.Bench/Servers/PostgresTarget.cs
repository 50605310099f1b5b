using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>The comparison broker in a process of its own, in front of a private PostgreSQL.</summary>
internal sealed class PostgresTarget : ITarget
{
    private readonly PostgresServer _postgres = new();
    private readonly ChildProcess? _broker;

    public PostgresTarget()
    {
        var port = ChildProcess.FreePort();
        Url = new($"http://127.0.0.1:{port}");
        try
        {
            _broker = new(BenchExecutable.Path, ["pg-broker", "--port", $"{port}", "--connection", _postgres.ConnectionString], []);
            _broker.WaitUntilReady(() => HealthCheck.IsHealthy(Url), TimeSpan.FromSeconds(60));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name => Comparison.Peer;

    public Uri Url { get; }

    public ServerProbe Probe => new(_broker!.Id, _postgres.TablesDirectory, _postgres.Id);

    /// <summary>
    /// Indexes for the reads are built only now: they help PostgreSQL's reads as much as they can, and cost its inserts nothing.
    /// </summary>
    public void PrepareForReads() => _postgres.Execute("""
        CREATE INDEX pod_traffic_newest ON pod_traffic (time_stamp DESC, uuid DESC);
        CREATE INDEX pod_traffic_pod ON pod_traffic (pod_name, time_stamp DESC, uuid DESC);
        ANALYZE pod_traffic;
        CHECKPOINT;
        """);

    public void Dispose()
    {
        _broker?.Dispose();
        _postgres.Dispose();
    }
}
