using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Topology;

/// <summary>Tells what an end of a connection is shown as, for one window, level and question. Not safe for concurrent use.</summary>
internal sealed class TopologyEnds
{
    private readonly TopologyLevel _level;
    private readonly TopologyOwner? _owner;
    private readonly bool _byAddress;
    private readonly TopologyEnd? _ownEnd;
    private readonly Dictionary<(string, string), TopologyEnd> _byService = [];
    private readonly Dictionary<TopologyEnd, TopologyEnd> _same = [];
    private readonly Dictionary<EdgeEnd, TopologyEnd> _ends = new(ReferenceEqualityComparer.Instance);

    /// <summary>Ends of a window.</summary>
    /// <param name="pods">The pods that were there.</param>
    /// <param name="services">What services select.</param>
    /// <param name="level">What pods are grouped to.</param>
    /// <param name="owner">What is shown as itself whatever the level; null for nothing.</param>
    /// <param name="byAddress">Whether addresses that are nobody's are shown as they are, and not as their networks.</param>
    public TopologyEnds(
        IEnumerable<EdgeEnd> pods, IReadOnlyList<ServiceSelector> services, TopologyLevel level, TopologyOwner? owner, bool byAddress)
    {
        _byAddress = byAddress;
        (_level, _owner, _ownEnd) = (level, owner, owner?.End);
        if (_ownEnd is not null)
        {
            _same[_ownEnd] = _ownEnd;
        }

        FindServices(pods, services);
    }

    /// <summary>What an end is shown as: equal ones are one object.</summary>
    /// <param name="end">The end.</param>
    /// <param name="pod">The pod that it is by its own name, where it reported.</param>
    public TopologyEnd Of(EdgeEnd end, EdgeEnd? pod)
    {
        // A pod of the host's network is its node, unless it is asked for.
        if (_owner is not null && ((pod is not null && _owner.Has(pod)) || _owner.Has(end)))
        {
            return _ownEnd!;
        }

        if (!_ends.TryGetValue(end, out var shown))
        {
            shown = end.Kind switch
            {
                EdgeEndKind.Node => new TopologyEnd("Node", "", end.Name),
                EdgeEndKind.Service => _byService.TryGetValue((end.Namespace, end.Name), out var behind) ? behind
                    : _level == TopologyLevel.Namespace ? new TopologyEnd("Namespace", "", end.Namespace)
                    : new TopologyEnd("Service", end.Namespace, end.Name),
                EdgeEndKind.Pod => OfPod(end),
                _ => new TopologyEnd(TopologyEnd.External, "", Outside(end.Address ?? "")),
            };
            _ends[end] = shown = _same.TryGetValue(shown, out var same) ? same : _same[shown] = shown;
        }

        return shown;
    }

    private string Outside(string address) => address.Length == 0 ? "(no address)" : _byAddress ? address : OutsideNetworks.All.Of(address);

    private TopologyEnd OfPod(EdgeEnd pod) => _owner is not null && _owner.Has(pod) ? _ownEnd! : _level switch
    {
        TopologyLevel.Namespace => new TopologyEnd("Namespace", "", pod.Namespace),
        TopologyLevel.Workload => OwnerOf(pod),
        _ => new TopologyEnd("Pod", pod.Namespace, pod.Name),
    };

    /// <summary>The workload of a pod, or the pod without one.</summary>
    public static TopologyEnd OwnerOf(EdgeEnd pod) => pod is { Workload: { } workload, WorkloadKind: { } kind }
        ? new TopologyEnd(kind, pod.Namespace, workload)
        : new TopologyEnd("Pod", pod.Namespace, pod.Name);

    /// <summary>A service of which all pods are of one end is that end; which of several answered is not known.</summary>
    private void FindServices(IEnumerable<EdgeEnd> pods, IReadOnlyList<ServiceSelector> services)
    {
        var byNamespace = pods.DistinctBy(pod => (pod.Namespace, pod.Labels, OfPod(pod))).ToLookup(pod => pod.Namespace, StringComparer.Ordinal);
        foreach (var service in services)
        {
            var behind = byNamespace[service.Namespace].Where(service.Selects).Select(OfPod).Distinct().Take(2).ToArray();
            if (behind is [var one])
            {
                _byService[(service.Namespace, service.Name)] = one;
            }
        }
    }
}
