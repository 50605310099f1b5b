using System.Net;

namespace KGuardian.Analytics.Policies.Model;

/// <summary>Addresses of a network, but for those of some within it.</summary>
/// <param name="Network">The network.</param>
/// <param name="Except">Networks within it that are left out.</param>
internal sealed record IpBlock(IPNetwork Network, IReadOnlyList<IPNetwork> Except)
{
    /// <summary>Whether an address is of it. One of the other family never is.</summary>
    public bool Contains(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Network.Contains(plain) && !Except.Any(network => network.Contains(plain));
    }
}
