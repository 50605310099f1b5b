using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Model;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>The load generator's own cost of making a 100-event request fresh; times are for one event.</summary>
public class PreparedBatchBenchmarks
{
    private const int Events = 100;
    private readonly EventClock _clock = new();
    private PreparedBatch _batch = null!;
    private FastRandom _random = new(1);

    /// <summary>Share of new flows; small, because a stem's flows are counted to some millions and a benchmark runs for billions.</summary>
    [Params(0.02, 0.1)]
    public double NewShare { get; set; }

    [GlobalSetup]
    public void Prepare() => _batch = new AgentFleet(new ClusterModel(seed: 0, nodes: 1))
        .Prepare(0, new LoadOptions { Connections = 1, Batch = Events }, "localhost")[0];

    [Benchmark(OperationsPerInvoke = Events)]
    public int Patch()
    {
        var added = _batch.Patch(ref _random, (ulong)(NewShare * (1UL << 32)), _clock);
        _batch.Acknowledge();
        return added;
    }
}
