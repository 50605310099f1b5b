using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>How addresses that are nobody's are grouped: to their /24, of IPv6 to their /64; all but those that are to be told apart.</summary>
/// <param name="Apart">Networks smaller than that, whose addresses stay what they are.</param>
internal sealed record OutsideNetworks(IReadOnlyList<IPNetwork> Apart)
{
    /// <summary>A network's bits of IPv4.</summary>
    public const int V4Bits = 24;

    /// <summary>A network's bits of IPv6: one link.</summary>
    public const int V6Bits = 64;

    private const uint V4Mask = uint.MaxValue << (32 - V4Bits);

    /// <summary>All of them are grouped.</summary>
    public static readonly OutsideNetworks All = new([]);

    /// <summary>Networks that a question may have apart: more take too long for each address.</summary>
    private const int MostApart = 200;

    /// <summary>All are grouped but those of which a policy names a part of their group; null where these are too many.</summary>
    public static OutsideNetworks? But(IEnumerable<IPNetwork> named)
    {
        IPNetwork[] apart =
        [
            .. named.Where(network => network.PrefixLength > (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? V4Bits : V6Bits)),
        ];
        return apart.Length > MostApart ? null : new OutsideNetworks(apart);
    }

    /// <summary>The network of an address, in its notation, or the address where it stays what it is; a text that is no address as well.</summary>
    public string Of(string address)
    {
        if (!IPAddress.TryParse(address, out var ip) || Apart.Any(network => network.Contains(ip)))
        {
            return address;
        }

        var bytes = ip.GetAddressBytes();
        var bits = ip.AddressFamily == AddressFamily.InterNetwork ? V4Bits : V6Bits;
        bytes.AsSpan(bits / 8).Clear();
        return $"{new IPAddress(bytes)}/{bits}";
    }

    /// <summary>SQL of a number by which peers of <c>traffic AS t</c> are grouped.</summary>
    /// <param name="known">A query of the addresses that are somebody's, in the spelling of names' keys.</param>
    public string PeerKeySql(string known)
    {
        var address = NameKey.Peer.ColumnSql("t.");
        var apart = string.Concat(Apart.Select(network => $" OR ifNull(isIPAddressInRange({address}, '{network}'), 0)"));
        // Each function is of the one column, so that it runs once for each text of a dictionary.
        var v6 = $"cityHash64(tuple(ifNull(toString(IPv6CIDRToRange(toIPv6OrNull({address}), {V6Bits}).1), toString({address}))))";
        return $"multiIf(ifNull({address}, '') GLOBAL IN ({known}){apart}, cityHash64(tuple({address})), "
            + $"isNotNull(IPv4StringToNumOrNull({address})), toUInt64(bitAnd(assumeNotNull(IPv4StringToNumOrNull({address})), {V4Mask})), {v6})";
    }
}
