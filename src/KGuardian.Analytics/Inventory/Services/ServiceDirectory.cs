using System.Collections.Immutable;
using KGuardian.Analytics.Inventory.States;

namespace KGuardian.Analytics.Inventory.Services;

/// <summary>The present state of every service's address. Immutable, and changed in logarithmic time.</summary>
internal sealed class ServiceDirectory : IStateDirectory<ServiceDirectory, ServiceState>
{
    private static readonly Comparer<ServiceState> ByIp = Comparer<ServiceState>.Create((one, other) => string.CompareOrdinal(one.Ip, other.Ip));

    private static readonly Comparer<ServiceState> ByName = Comparer<ServiceState>.Create((one, other) =>
        string.CompareOrdinal(one.Namespace, other.Namespace) is not 0 and var namespaces ? namespaces
        : string.CompareOrdinal(one.Name, other.Name) is not 0 and var names ? names
        : string.CompareOrdinal(one.Ip, other.Ip));

    private readonly ImmutableSortedSet<ServiceState> _byIp;
    private readonly ImmutableSortedSet<ServiceState> _byName;

    private ServiceDirectory(ImmutableSortedSet<ServiceState> byIp, ImmutableSortedSet<ServiceState> byName, long bytes) =>
        (_byIp, _byName, Bytes) = (byIp, byName, bytes);

    /// <summary>A directory of nothing.</summary>
    public static ServiceDirectory Empty { get; } = new(
        ImmutableSortedSet<ServiceState>.Empty.WithComparer(ByIp), ImmutableSortedSet<ServiceState>.Empty.WithComparer(ByName), 0);

    /// <summary>Services by namespace, name and address.</summary>
    public IReadOnlyList<ServiceState> All => _byName;

    /// <summary>Memory that they take, nearly.</summary>
    public long Bytes { get; }

    /// <summary>The service of an address; null when it is not known.</summary>
    public ServiceState? At(string ip) => _byIp.TryGetValue(new ServiceState { Ip = ip }, out var service) ? service : null;

    /// <inheritdoc/>
    public ServiceDirectory With(IReadOnlyCollection<ServiceState> states)
    {
        var byIp = _byIp.ToBuilder();
        var byName = _byName.ToBuilder();
        var bytes = Bytes;
        foreach (var state in states)
        {
            if (byIp.TryGetValue(state, out var known))
            {
                if (known.Sequence >= state.Sequence)
                {
                    continue;
                }

                byIp.Remove(known);
                byName.Remove(known);
                bytes -= known.Bytes;
            }

            byIp.Add(state);
            byName.Add(state);
            bytes += state.Bytes;
        }

        return new ServiceDirectory(byIp.ToImmutable(), byName.ToImmutable(), bytes);
    }

    /// <summary>Of services nobody says that they ended.</summary>
    public ServiceDirectory WithoutEndedBefore(long micros) => this;
}
