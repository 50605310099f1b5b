using KGuardian.Analytics.Policies.Evaluation;

namespace KGuardian.Analytics.Policies.Replay;

/// <summary>How many flows would have been let through, what was really dropped beside them. Counted of all edges, also of those that are not shown.</summary>
internal sealed class ReplayTotals
{
    private readonly long[] _let = new long[3];
    private readonly long[] _dropped = new long[3];

    /// <summary>All flows.</summary>
    public long Flows => _let.Sum() + _dropped.Sum();

    /// <summary>Distinct edges of pods and addresses that were judged.</summary>
    public long Edges { get; set; }

    /// <summary>Flows of a verdict that were let through for real.</summary>
    public long Let(Truth verdict) => _let[(int)verdict];

    /// <summary>Flows of a verdict that were dropped for real.</summary>
    public long Dropped(Truth verdict) => _dropped[(int)verdict];

    /// <summary>Counts flows.</summary>
    public void Add(Truth verdict, bool isDropped, long flows) => (isDropped ? _dropped : _let)[(int)verdict] += flows;
}
