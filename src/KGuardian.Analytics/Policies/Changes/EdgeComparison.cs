using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Changes;

/// <summary>Compares the edges of two windows. Not safe for concurrent use.</summary>
internal sealed class EdgeComparison
{
    /// <summary>Edges of both windows that are held.</summary>
    public const int MostEdges = 200_000;

    private static readonly Seen Nothing = new();

    private readonly Dictionary<ChangeKey, Seen> _before = [];
    private readonly Dictionary<ChangeKey, Seen> _after = [];

    /// <summary>Flows of edges beyond <see cref="MostEdges"/>.</summary>
    public long FlowsLeftOut { get; private set; }

    /// <summary>Takes an edge of one of the windows.</summary>
    public void Add(ObservedEdge edge, bool isAfter)
    {
        var key = new ChangeKey(EdgeOwner.Of(edge.Client), EdgeOwner.Of(edge.Server), edge.ProtocolText, edge.ServerPort);
        var to = isAfter ? _after : _before;
        if (!to.TryGetValue(key, out var seen))
        {
            if (_before.Count + _after.Count == MostEdges)
            {
                FlowsLeftOut += edge.Flows;
                return;
            }

            to[key] = seen = new Seen();
        }

        seen.Tally.Add(edge);
        seen.Decisions.Add(edge.Decision);
    }

    /// <summary>What changed: by client, server, port, protocol.</summary>
    public IReadOnlyList<EdgeChange> Changes() =>
    [
        .. _after.Keys.Union(_before.Keys)
            .Select(key => (Key: key, Before: _before.GetValueOrDefault(key, Nothing), After: _after.GetValueOrDefault(key, Nothing)))
            .Where(edge => !edge.Before.Decisions.SetEquals(edge.After.Decisions))
            .OrderBy(edge => edge.Key.Client).ThenBy(edge => edge.Key.Server).ThenBy(edge => edge.Key.ServerPort)
            .ThenBy(edge => edge.Key.Protocol, StringComparer.Ordinal)
            .Select(edge => new EdgeChange(
                edge.Key, edge.Before == Nothing ? null : edge.Before.Tally, [.. edge.Before.Decisions], edge.After == Nothing ? null : edge.After.Tally,
                [.. edge.After.Decisions])),
    ];

    private sealed class Seen
    {
        public EdgeTally Tally { get; } = new();

        public SortedSet<string> Decisions { get; } = new(StringComparer.Ordinal);
    }
}
