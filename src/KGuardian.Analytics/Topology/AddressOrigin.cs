using System.Net;
using System.Net.Sockets;

namespace KGuardian.Analytics.Topology;

/// <summary>Where an address is that nobody of the inventory had.</summary>
internal static class AddressOrigin
{
    private static readonly IPNetwork[] Private =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3",
            "::/127", "fc00::/7", "fe80::/10", "ff00::/8",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    /// <summary>
    /// <c>internal</c> in one of the cluster's networks; <c>external</c> outside of them, or public where none are known; <c>unknown</c> otherwise.
    /// </summary>
    /// <param name="address">The address; what is none is unknown.</param>
    /// <param name="cluster">The cluster's networks.</param>
    public static string Of(string address, IReadOnlyList<IPNetwork> cluster)
    {
        if (!IPAddress.TryParse(address.Split('%')[0], out var ip))
        {
            return "unknown";
        }

        ip = ip is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: true } ? ip.MapToIPv4() : ip;
        return cluster.Count > 0
            ? cluster.Any(network => network.Contains(ip)) ? "internal" : "external"
            : Private.Any(network => network.Contains(ip)) ? "unknown" : "external";
    }
}
