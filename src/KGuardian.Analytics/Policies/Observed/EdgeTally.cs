using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Observed;

/// <summary>What was seen of edges that are shown as one.</summary>
internal sealed class EdgeTally
{
    private const int MostExamples = 3;

    private readonly long[] _observations = new long[ObservedEdge.Reporters];
    private readonly List<Guid> _examples = [];

    /// <summary>Rows.</summary>
    public long Flows { get; private set; }

    /// <summary>The largest of what one end reported in one direction.</summary>
    public long Observations => _observations.Max();

    /// <summary>When the first was first seen, in microseconds since 1970.</summary>
    public long FirstSeen { get; private set; } = long.MaxValue;

    /// <summary>When the last was first seen, in microseconds since 1970.</summary>
    public long LastSeen { get; private set; } = long.MinValue;

    /// <summary>The uuids of some rows.</summary>
    public IReadOnlyList<Guid> Examples => _examples;

    /// <summary>Counts an edge.</summary>
    public void Add(ObservedEdge edge)
    {
        Flows += edge.Flows;
        _observations[edge.Reporter] += edge.Observations;
        FirstSeen = Math.Min(FirstSeen, edge.FirstSeen);
        LastSeen = Math.Max(LastSeen, edge.LastSeen);
        if (_examples.Count < MostExamples)
        {
            _examples.Add(edge.Example);
        }
    }

    /// <summary>Counts what another has counted.</summary>
    public void Add(EdgeTally other)
    {
        Flows += other.Flows;
        for (var i = 0; i < _observations.Length; i++)
        {
            _observations[i] += other._observations[i];
        }

        FirstSeen = Math.Min(FirstSeen, other.FirstSeen);
        LastSeen = Math.Max(LastSeen, other.LastSeen);
        _examples.AddRange(other._examples.Take(MostExamples - _examples.Count));
    }
}
