using System.Net;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Observed;

/// <summary>
/// Observed edges as connections that policies judge. An edge to a service is one to any of its pods: as many connections as these differ in what policies
/// look at. Not safe for concurrent use.
/// </summary>
internal sealed class ObservedConnections
{
    /// <summary>Different pods behind one service that are looked at.</summary>
    private const int MostBackends = 64;

    /// <summary>Protocols whose text means none are none that policies know.</summary>
    private const int NoProtocol = -1;

    private readonly ClusterFacts _facts;
    private readonly ILookup<string, EdgeEnd> _pods;
    private readonly Dictionary<EdgeEnd, PolicyEndpoint> _endpoints = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string, string), IReadOnlyList<EdgeEnd>> _backends = [];

    /// <summary>Connections of a slice.</summary>
    /// <param name="facts">Ports and services.</param>
    /// <param name="pods">The slice's pods.</param>
    public ObservedConnections(ClusterFacts facts, IEnumerable<EdgeEnd> pods)
    {
        _facts = facts;
        _pods = pods.ToLookup(pod => pod.Namespace, StringComparer.Ordinal);
    }

    /// <summary>The connections that an edge may be; none when it is not known who opened it.</summary>
    public IReadOnlyList<PolicyConnection> Of(ObservedEdge edge)
    {
        if (!edge.IsRoleKnown)
        {
            return [];
        }

        var protocol = edge.Protocol ?? NoProtocol;
        var (client, server) = (Endpoint(edge.Client), Endpoint(edge.Server));
        if (edge.Server.Kind != EdgeEndKind.Service)
        {
            return [new PolicyConnection(client, server, protocol, edge.ServerPort)];
        }

        var backends = Backends(edge.Server);
        return backends.Count == 0 ? [new PolicyConnection(client, server, protocol, null)]
            : [.. backends.Select(pod => new PolicyConnection(client, Endpoint(pod), protocol, TargetPort(edge.Server, pod, protocol, edge.ServerPort)))];
    }

    /// <summary>The pods behind a service, one of each kind that policies can tell apart by labels; none when they are not known.</summary>
    public IReadOnlyList<EdgeEnd> Backends(EdgeEnd service)
    {
        var key = (service.Namespace, service.Name);
        if (!_backends.TryGetValue(key, out var backends))
        {
            var selector = _facts.Service(service.Namespace, service.Name)?.Selector;
            _backends[key] = backends = selector is null ? []
                : [.. _pods[service.Namespace].Where(pod =>
                        pod.Labels is { } labels && selector.All(label => labels.GetValueOrDefault(label.Key) == label.Value))
                    .OrderBy(pod => pod.Name, StringComparer.Ordinal).DistinctBy(pod => (pod.Labels, pod.WorkloadKind, pod.Workload)).Take(MostBackends)];
        }

        return backends;
    }

    /// <summary>The port of a pod that a service's port leads to; null when it is not known.</summary>
    public int? TargetPort(EdgeEnd service, EdgeEnd pod, int protocol, int? port)
    {
        var spec = _facts.Service(service.Namespace, service.Name);
        var found = spec?.Ports.FirstOrDefault(one => one.Port == port && (int?)ClusterFacts.ProtocolOf(one.Protocol) == protocol);
        return found is null ? null
            : found.TargetName is null ? found.Target
            : _facts.Ports(pod.Namespace, pod.Name)?.TryGetValue(((PolicyProtocol)protocol, found.TargetName), out var number) == true ? number : null;
    }

    /// <summary>An end as policies see it. Behind a service without a selector is any address.</summary>
    public PolicyEndpoint Endpoint(EdgeEnd end)
    {
        if (!_endpoints.TryGetValue(end, out var endpoint))
        {
            // Policies that are told of networks do not tell their addresses apart.
            var address = end.Kind != EdgeEndKind.Service && IPAddress.TryParse(end.Address?.Split('/')[0], out var parsed) ? parsed : null;
            _endpoints[end] = endpoint = end.Kind == EdgeEndKind.Pod
                ? new PolicyEndpoint(
                    new PolicyPod(end.Namespace, end.Name, end.Labels) { Ports = _facts.Ports(end.Namespace, end.Name) }, address, end.Node)
                : new PolicyEndpoint(null, address, end.Kind == EdgeEndKind.Node ? end.Name : null);
        }

        return endpoint;
    }
}
