using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Replay;

/// <summary>
/// What policies would have made of observed edges, or what a change of them changes. Each distinct edge of a slice is judged once. Not safe for concurrent
/// use.
/// </summary>
internal sealed class PolicyReplay
{
    /// <summary>Edges that are held to be shown; those beyond are in the totals only.</summary>
    public const int MostEdges = 100_000;

    private readonly PolicyEvaluator? _before;
    private readonly PolicyEvaluator _after;
    private readonly RuleUsage _usage;
    private readonly Dictionary<ReplayKey, EdgeTally> _edges = [];
    private readonly Dictionary<EdgeEnd, EdgeOwner> _owners = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(EdgeEnd, EdgeEnd, int?, int?, bool), (EdgeVerdict? Before, EdgeVerdict After)> _judged = [];

    /// <summary>A replay.</summary>
    /// <param name="after">The policies.</param>
    /// <param name="before">Those that they are compared with; null for none. Then only edges whose verdict changes are shown.</param>
    public PolicyReplay(PolicySet after, PolicySet? before = null)
    {
        _before = before is null ? null : new PolicyEvaluator(before);
        _after = new PolicyEvaluator(after);
        _usage = new RuleUsage(after, _after);
    }

    /// <summary>Flows by verdict; where two sets are compared, by the later one's.</summary>
    public ReplayTotals Totals { get; } = new();

    /// <summary>Flows that were let through by the earlier set and are not by the later one.</summary>
    public long NewlyBlocked { get; private set; }

    /// <summary>Flows that were not let through by the earlier set and are by the later one.</summary>
    public long NewlyAllowed { get; private set; }

    /// <summary>Flows of edges that are not shown, as there were too many.</summary>
    public long FlowsNotShown { get; private set; }

    /// <summary>Rules that nothing used.</summary>
    public RuleUsage Usage => _usage;

    /// <summary>How many edges there are to show.</summary>
    public int EdgeCount => _edges.Count;

    /// <summary>Forgets what belongs to a slice, behind it.</summary>
    public void EndSlice()
    {
        _judged.Clear();
        _owners.Clear();
    }

    /// <summary>Takes an edge.</summary>
    public void Add(ObservedEdge edge, ObservedConnections connections)
    {
        var identity = (edge.Client, edge.Server, edge.ServerPort, (int?)edge.Protocol, edge.IsRoleKnown);
        if (!_judged.TryGetValue(identity, out var verdict))
        {
            var possible = connections.Of(edge);
            _judged[identity] = verdict = (_before is null ? null : EdgeVerdict.Of(_before, possible), EdgeVerdict.Of(_after, possible));
            Totals.Edges++;
            foreach (var connection in possible)
            {
                _usage.Look(connection);
            }
        }

        Totals.Add(verdict.After.IsAllowed, edge.IsDropped, edge.Flows);
        if (verdict.Before is { } before)
        {
            if (before.IsAllowed == verdict.After.IsAllowed)
            {
                return;
            }

            NewlyBlocked += verdict.After.IsAllowed == Truth.No ? edge.Flows : 0;
            NewlyAllowed += verdict.After.IsAllowed == Truth.Yes ? edge.Flows : 0;
        }

        Show(edge, verdict.Before, verdict.After);
    }

    /// <summary>The edges: those that would be blocked first, then unknown ones; of each those of most flows first, and in an order that stays.</summary>
    public IEnumerable<KeyValuePair<ReplayKey, EdgeTally>> Edges() => _edges
        .OrderBy(edge => edge.Key.After.IsAllowed).ThenByDescending(edge => edge.Value.Flows).ThenBy(edge => edge.Key.Client).ThenBy(edge => edge.Key.Server)
        .ThenBy(edge => edge.Key.ServerPort).ThenBy(edge => edge.Key.Protocol, StringComparer.Ordinal).ThenBy(edge => edge.Key.Decision, StringComparer.Ordinal)
        .ThenBy(edge => $"{edge.Key.After.Ingress}/{edge.Key.After.Egress}", StringComparer.Ordinal);

    private void Show(ObservedEdge edge, EdgeVerdict? before, EdgeVerdict after)
    {
        var key = new ReplayKey(OwnerOf(edge.Client), OwnerOf(edge.Server), edge.ProtocolText, edge.ServerPort, edge.Decision, before, after);
        if (!_edges.TryGetValue(key, out var tally))
        {
            if (_edges.Count == MostEdges)
            {
                FlowsNotShown += edge.Flows;
                return;
            }

            _edges[key] = tally = new EdgeTally();
        }

        tally.Add(edge);
    }

    private EdgeOwner OwnerOf(EdgeEnd end)
    {
        if (!_owners.TryGetValue(end, out var owner))
        {
            _owners[end] = owner = EdgeOwner.Of(end);
        }

        return owner;
    }
}
