using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Observed;

/// <summary>
/// What policies ask for beside names: ports of pods' containers, and what services select, as the inventory has them now. Both hardly change: those of a pod
/// never do. Not safe for concurrent use.
/// </summary>
internal sealed class ClusterFacts
{
    private readonly Func<string, string, PodState?> _pod;
    private readonly Dictionary<(string Namespace, string Name), ServiceSpec> _services = [];
    private readonly Dictionary<(string, string), IReadOnlyDictionary<(PolicyProtocol, string), int>?> _ports = [];

    /// <summary>Of a time: directories are immutable.</summary>
    public ClusterFacts(PodDirectory pods, ServiceDirectory services)
        : this(pods.Find, services.All)
    {
    }

    /// <summary>Of pods and services.</summary>
    public ClusterFacts(Func<string, string, PodState?> pod, IEnumerable<ServiceState> services)
    {
        _pod = pod;
        foreach (var service in services.Where(service => service.Name is not null))
        {
            _services[(service.Namespace ?? "", service.Name!)] = ServiceSpec.Read(service.Manifest);
        }
    }

    /// <summary>The named ports of a pod's containers; null when they are not known.</summary>
    public IReadOnlyDictionary<(PolicyProtocol Protocol, string Name), int>? Ports(string podNamespace, string name)
    {
        if (!_ports.TryGetValue((podNamespace, name), out var ports))
        {
            _ports[(podNamespace, name)] = ports = PortsOfManifest.Read(_pod(podNamespace, name)?.Manifest)?
                .Select(port => (Protocol: ProtocolOf(port.Key.Protocol), port.Key.Name, Number: port.Value)).Where(port => port.Protocol is not null)
                .ToDictionary(port => (port.Protocol!.Value, port.Name), port => port.Number);
        }

        return ports;
    }

    /// <summary>A service; null when it is not known.</summary>
    public ServiceSpec? Service(string serviceNamespace, string name) => _services.GetValueOrDefault((serviceNamespace, name));

    /// <summary>The protocol of a name in a manifest; null for one that policies do not know.</summary>
    public static PolicyProtocol? ProtocolOf(string name) => name switch
    {
        "TCP" => PolicyProtocol.Tcp,
        "UDP" => PolicyProtocol.Udp,
        "SCTP" => PolicyProtocol.Sctp,
        _ => null,
    };
}
