using System.Net;
using System.Net.Sockets;

namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>Other addresses for addresses: private, shared, loopback, link-local and multicast ones keep their block.</summary>
internal sealed class AddressAnonymiser : IDisposable
{
    private static readonly string[] Staying4 =
    [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
        "0.0.0.0/32", "255.255.255.255/32",
    ];

    private static readonly string[] Staying6 = ["fc00::/7", "fe80::/10", "ff00::/8", "::/128", "::1/128"];

    private readonly CryptoPan _of4;
    private readonly CryptoPan _of6;

    public AddressAnonymiser(AnonymiseKey key)
    {
        _of4 = new CryptoPan(key.OfAddresses, [.. Staying4.Select(Block)]);
        _of6 = new CryptoPan(key.OfAddresses, [.. Staying6.Select(Block)]);
    }

    /// <summary>Another address for one; of those of IPv4 within IPv6 for the inner one.</summary>
    public IPAddress Map(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return Map(address.MapToIPv4()).MapToIPv6();
        }

        Span<byte> bytes = stackalloc byte[16];
        Span<byte> mapped = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        (address.AddressFamily == AddressFamily.InterNetwork ? _of4 : _of6).Map(bytes[..length], mapped);
        return new IPAddress(mapped[..length]);
    }

    /// <summary>The address in a text; null when it is none. Whole numbers, which .NET takes for one, are none.</summary>
    public static IPAddress? Parse(string text) =>
        text.AsSpan().ContainsAny('.', ':') && IPAddress.TryParse(text, out var address)
        && (address.AddressFamily == AddressFamily.InterNetworkV6 || text.AsSpan().Count('.') == 3) ? address : null;

    public void Dispose()
    {
        _of4.Dispose();
        _of6.Dispose();
    }

    private static (byte[] Prefix, int Bits) Block(string text)
    {
        var network = IPNetwork.Parse(text);
        return (network.BaseAddress.GetAddressBytes(), network.PrefixLength);
    }
}
