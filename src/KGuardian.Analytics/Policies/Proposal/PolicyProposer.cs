using System.Text;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>Proposes policies for a namespace's workloads out of observed edges. Not safe for concurrent use.</summary>
/// <param name="options">For what.</param>
internal sealed class PolicyProposer(ProposalOptions options)
{
    private const int LongestName = 253;

    private static readonly EdgeOwner Unlabelled = new("Namespace", "", "");

    private readonly WorkloadLabels _labels = new();
    private readonly Dictionary<EdgeOwner, WorkloadTraffic> _traffic = [];
    private readonly HashSet<EdgeOwner> _unlabelled = [];

    /// <summary>Whether the namespace is known: it has a pod, or a flow.</summary>
    public bool IsKnown => _traffic.Count > 0 || _labels.In(options.Namespace).Any();

    /// <summary>Flows that were dropped, and are not proposed.</summary>
    public long DroppedFlows { get; private set; }

    /// <summary>Flows of which it is not known who opened them.</summary>
    public long UnknownFlows { get; private set; }

    /// <summary>Takes the pods of a slice, of all namespaces.</summary>
    public void Add(IEnumerable<EdgeEnd> pods)
    {
        foreach (var pod in pods)
        {
            _labels.Add(pod);
        }
    }

    /// <summary>Takes an edge.</summary>
    public void Add(ObservedEdge edge, ObservedConnections connections)
    {
        if (edge.Server.Kind != EdgeEndKind.Service)
        {
            Add(edge, edge.Server, edge.ServerPort, connections);
            return;
        }

        var backends = connections.Backends(edge.Server);
        if (backends.Count == 0)
        {
            Add(edge, edge.Server, edge.ServerPort, connections);
        }

        foreach (var pod in backends)
        {
            Add(edge, pod, connections.TargetPort(edge.Server, pod, edge.Protocol ?? -1, edge.ServerPort), connections);
        }
    }

    /// <summary>The policies, in the order of workloads.</summary>
    public IReadOnlyList<ProposedPolicy> Propose()
    {
        var owners = _labels.In(options.Namespace).Concat(_unlabelled).Where(IsAsked).Distinct().Order().ToArray();
        var labelled = owners.Where(owner => _labels.SelectorOf(owner) is not null).ToArray();
        var policies = labelled.Select(owner => Policy(owner, _labels.SelectorOf(owner)!, NameOf(owner))).ToList();
        var others = owners.Except(labelled).ToArray();
        if (others.Length > 0)
        {
            policies.Add(Policy(Unlabelled with { Name = options.Namespace }, LabelSelector.All, "all-pods", others));
        }

        return policies;
    }

    private bool IsAsked(EdgeOwner owner) => (options.Name is null || owner.Name == options.Name) && (options.Kind is null || owner.Kind == options.Kind);

    private void Add(ObservedEdge edge, EdgeEnd server, int? port, ObservedConnections connections)
    {
        var client = edge.Client;
        var (isClient, isServer) = (IsOfNamespace(client), IsOfNamespace(server));
        if (!isClient && !isServer)
        {
            return;
        }

        if (edge.IsDropped || !edge.IsRoleKnown)
        {
            (DroppedFlows, UnknownFlows) = edge.IsDropped ? (DroppedFlows + edge.Flows, UnknownFlows) : (DroppedFlows, UnknownFlows + edge.Flows);
            return;
        }

        // Pods are known even when all of their traffic needs no rule.
        var (from, to) = (isClient ? TrafficOf(client) : null, isServer ? TrafficOf(server) : null);
        var (opens, takes) = (connections.Endpoint(client), connections.Endpoint(server));
        if (opens.IsSamePod(takes))
        {
            return;
        }

        var protocol = edge.Protocol ?? 0;
        if (from is not null && takes.IsNodeOf(opens) != Truth.Yes)
        {
            WorkloadTraffic.Add(from.Egress, SeenPeer.Of(server), protocol, port, edge);
        }

        if (to is not null && opens.IsNodeOf(takes) != Truth.Yes)
        {
            WorkloadTraffic.Add(to.Ingress, SeenPeer.Of(client), protocol, port, edge);
        }

        Learn(client);
        Learn(server);
    }

    private void Learn(EdgeEnd end)
    {
        if (end.Kind == EdgeEndKind.Pod)
        {
            _labels.Add(end);
        }
    }

    private bool IsOfNamespace(EdgeEnd end) => end.Kind == EdgeEndKind.Pod && end.Namespace == options.Namespace;

    private WorkloadTraffic TrafficOf(EdgeEnd pod)
    {
        var owner = EdgeOwner.Of(pod);
        if (pod.Labels is null)
        {
            _unlabelled.Add(owner);
        }

        if (!_traffic.TryGetValue(owner, out var traffic))
        {
            _traffic[owner] = traffic = new WorkloadTraffic();
        }

        return traffic;
    }

    private ProposedPolicy Policy(EdgeOwner owner, LabelSelector selector, string name, IReadOnlyList<EdgeOwner>? unlabelled = null)
    {
        var warnings = new List<string>();
        // All that the policy isolates, so that it keeps none of them from what it was seen to do.
        var selected = selector.Requirements.Count > 0 ? _labels.SelectedBy(selector, options.Namespace).Append(owner).Distinct().Order().ToArray()
            : [.. _traffic.Keys.Append(owner).Distinct().Order()];
        var traffic = new WorkloadTraffic();
        foreach (var one in selected.Where(_traffic.ContainsKey))
        {
            traffic.Add(_traffic[one]);
        }

        if (unlabelled is not null)
        {
            warnings.Add($"labels of {string.Join(", ", unlabelled)} are not known: this is for every pod of the namespace, with all of its traffic");
        }
        else if (selected.Length > 1)
        {
            warnings.Add($"labels do not tell {owner} apart from {string.Join(", ", selected.Where(one => one != owner))}: this is for all of them");
        }

        if (traffic.Ingress.Count + traffic.Egress.Count == 0)
        {
            warnings.Add("no traffic that needs a rule was seen: nothing is let in or out");
        }

        var rules = new RuleBuilder(_labels, options, warnings);
        var (ingress, egress) = (rules.Build(traffic.Ingress), rules.Build(traffic.Egress));
        if (options.AlwaysDns)
        {
            egress = [.. egress, DnsRule.Always];
        }

        return new ProposedPolicy(
            new NetworkPolicy(
                options.Namespace, name, selector, IsolatesIngress: true, IsolatesEgress: true,
                [.. ingress.Select(rule => rule.Rule)], [.. egress.Select(rule => rule.Rule)]),
            owner, ingress, egress, [.. warnings.Distinct(StringComparer.Ordinal)]);
    }

    private static string NameOf(EdgeOwner owner)
    {
        var text = new StringBuilder($"{owner.Name}-{owner.Kind}".ToLowerInvariant());
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = char.IsAsciiLetterLower(text[i]) || char.IsAsciiDigit(text[i]) || text[i] == '.' ? text[i] : '-';
        }

        var name = text.ToString().Trim('-', '.');
        name = name.Length <= LongestName ? name : name[..LongestName].TrimEnd('-', '.');
        return LabelText.IsObjectName(name) ? name : "pods";
    }
}
