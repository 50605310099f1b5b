using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Reading;

/// <summary>Reads the other end of a rule.</summary>
internal static class PeerReader
{
    /// <summary>Reads it: addresses, or pods by one selector or two.</summary>
    /// <exception cref="PolicyDocumentException">It is neither, or both.</exception>
    public static PolicyPeer Read(DocumentField peer)
    {
        peer.OnlyWith("ipBlock", "namespaceSelector", "podSelector");
        var block = peer.Find("ipBlock");
        var namespaces = peer.Find("namespaceSelector");
        var pods = peer.Find("podSelector");
        if (block is null && namespaces is null && pods is null)
        {
            throw peer.Wrong("it says nobody: ipBlock, namespaceSelector or podSelector is wanted; leave the whole list out for everybody");
        }

        return block is null ? new PolicyPeer(null, Selector(namespaces), Selector(pods))
            : namespaces is null && pods is null ? new PolicyPeer(ReadBlock(block.Value), null, null)
            : throw block.Value.Wrong("beside ipBlock there may be no selector; make two entries of the list for the one or the other");
    }

    private static LabelSelector? Selector(DocumentField? field) => field is { } given ? SelectorReader.Read(given) : null;

    private static IpBlock ReadBlock(DocumentField block)
    {
        block.OnlyWith("cidr", "except");
        var network = ReadNetwork(block.Find("cidr") ?? throw block.Wrong("cidr is missing"));
        var except = new List<IPNetwork>();
        foreach (var field in block.Find("except")?.Items() ?? [])
        {
            var hole = ReadNetwork(field);
            if (hole.PrefixLength <= network.PrefixLength || !network.Contains(hole.BaseAddress))
            {
                throw field.Wrong($"{hole} is no part of {network}");
            }

            except.Add(hole);
        }

        return new IpBlock(network, except);
    }

    /// <summary>A network; bits behind its prefix do not count, as the API server has it.</summary>
    private static IPNetwork ReadNetwork(DocumentField field)
    {
        var text = field.Text();
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && IPAddress.TryParse(text[..slash], out var address) && IsWhole(text[..slash], address)
            && int.TryParse(text[(slash + 1)..], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var length)
            && length <= address.GetAddressBytes().Length * 8)
        {
            return new IPNetwork(Masked(address, length), length);
        }

        throw field.Wrong($"'{DocumentField.Shown(text)}' is no network; 10.0.0.0/8 and fd00::/8 are");
    }

    /// <summary>.NET takes 10.1 and 0x0a000001 for addresses, and leading zeros for octal numbers; here is one spelling of each.</summary>
    private static bool IsWhole(string text, IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() == text
            : !address.IsIPv4MappedToIPv6 && !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal);

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] &= (byte)(0xFF00 >> Math.Clamp(length - (at * 8), 0, 8));
        }

        return new IPAddress(bytes);
    }
}
