using KGuardian.Analytics.Bench.Model;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>
/// The cluster's agents and what they have sent so far; outlives single runs, so that later runs repeat earlier flows.
/// Connections share no node, hence no counter: nothing here needs a lock.
/// </summary>
internal sealed class AgentFleet
{
    private readonly FlowCounter[][] _counters;
    private readonly EventClock[] _clocks;

    public AgentFleet(ClusterModel model)
    {
        Model = model;
        _counters = [.. model.Nodes.Select(node => new FlowCounter[node.Stems.Count])];
        _clocks = [.. model.Nodes.Select(_ => new EventClock())];
        Begin = new(_clocks[0].Micros * TimeSpan.TicksPerMicrosecond, DateTimeKind.Utc);
    }

    public ClusterModel Model { get; }

    /// <summary>Before the first event's time.</summary>
    public DateTime Begin { get; }

    /// <summary>Flows that a server has acknowledged, exactly.</summary>
    public long Flows => _counters.Sum(node => node.Sum(stem => (long)stem.Acknowledged));

    public EventClock Clock(int connection) => _clocks[connection];

    /// <summary>The prepared requests of the agents that send over this connection.</summary>
    public PreparedBatch[] Prepare(int connection, LoadOptions options, string authority)
    {
        var random = new FastRandom((ulong)(Model.Seed * 1_000_003 + connection));
        var batches = new List<PreparedBatch>();
        for (var node = connection; node < Model.Nodes.Length; node += options.Connections)
        {
            batches.Add(new(
                Model.Nodes[node], _counters[node], options.Single ? 1 : options.Batch, options.UdpShare, authority, options.Single, ref random));
        }

        return batches.Count > 0
            ? [.. batches]
            : throw new ArgumentException($"{options.Connections} connections need as many nodes; the model has {Model.Nodes.Length}.");
    }
}
