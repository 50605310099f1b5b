namespace KGuardian.Analytics.Topology;

/// <summary>Tells which end a name was, for one window, level and question.</summary>
internal sealed class SpanEnds
{
    private readonly NameCatalog _catalog;
    private readonly TopologyLevel _level;
    private readonly TopologyOwner? _owner;
    private readonly Dictionary<(string, string), (ulong, TopologyEnd)> _byService = [];
    private readonly Dictionary<ulong, TopologyEnd> _ends = [];

    /// <summary>Ends of a window, in microseconds since 1970.</summary>
    public SpanEnds(NameCatalog catalog, TopologyLevel level, TopologyOwner? owner, long from, long to)
    {
        (_catalog, _level, _owner) = (catalog, level, owner);
        if (owner is not null)
        {
            _ends[EndKeySql.Owner] = owner.End;
        }

        FindServices(from, to);
    }

    /// <summary>What pods are grouped to.</summary>
    public TopologyLevel Level => _level;

    /// <summary>The ends that were met, by their keys.</summary>
    public IReadOnlyDictionary<ulong, TopologyEnd> Met => _ends;

    /// <summary>The key of the end that a name was.</summary>
    public ulong KeyOf(NameSpan span)
    {
        var (key, end) = EndOf(span);
        _ends[key] = end;
        return key;
    }

    private (ulong Key, TopologyEnd End) EndOf(NameSpan span)
    {
        if (_owner is not null && _owner.Has(span))
        {
            return (EndKeySql.Owner, _owner.End);
        }

        return span.Type switch
        {
            "NODE" => (span.NodeKey, new TopologyEnd("Node", "", span.Node)),
            "SERVICE" => _byService.TryGetValue((span.Namespace, span.Name), out var behind) ? behind
                : _level == TopologyLevel.Namespace ? NamespaceOf(span)
                : (span.ServiceKey, new TopologyEnd("Service", span.Namespace, span.Name)),
            // A pod of the host's network has no other address than its node: its peers see the node, and so it is one end from both sides.
            _ when span.Subject == "pod" && span.Node.Length > 0 && _catalog.OnHost.Contains(span.Key) => IsNode(span),
            _ => PodOf(span),
        };
    }

    private (ulong, TopologyEnd) IsNode(NameSpan span) => _owner is { Kind: "Node" } && _owner.Name == span.Node
        ? (EndKeySql.Owner, _owner.End)
        : (span.NodeKey, new TopologyEnd("Node", "", span.Node));

    private (ulong, TopologyEnd) PodOf(NameSpan span) => _owner is not null && _owner.Has(span) ? (EndKeySql.Owner, _owner.End) : _level switch
    {
        TopologyLevel.Namespace => NamespaceOf(span),
        TopologyLevel.Workload => (span.WorkloadKey, new TopologyEnd(span.Kind, span.Namespace, span.Workload)),
        _ => (span.PodKey, new TopologyEnd("Pod", span.Namespace, span.Name)),
    };

    private static (ulong, TopologyEnd) NamespaceOf(NameSpan span) => (span.NamespaceKey, new TopologyEnd("Namespace", "", span.Namespace));

    /// <summary>A service of which all pods are of one end is that end; which of several answered is not known.</summary>
    private void FindServices(long from, long to)
    {
        var pods = _catalog.PodsBetween(from, to)
            .DistinctBy(pod => (pod.Namespace, pod.Labels, PodOf(pod).Item1)).ToLookup(pod => pod.Namespace, StringComparer.Ordinal);
        foreach (var ((space, name), selector) in _catalog.Selectors)
        {
            var behind = pods[space].Where(pod => NameCatalog.Selects(selector, _catalog.Labels(pod))).Select(PodOf).Distinct().Take(2).ToArray();
            if (behind is [var one])
            {
                _byService[(space, name)] = one;
            }
        }
    }
}
