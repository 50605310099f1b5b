using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Observed;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>Addresses as a bounded number of blocks: those that have most in common become one first, so that blocks stay small and never overlap.</summary>
internal static class AddressBlocks
{
    /// <summary>Blocks that hold all of the addresses, in their order.</summary>
    /// <param name="addresses">Different addresses, or networks of one size, and what was seen of each.</param>
    /// <param name="most">How many blocks there may be, of both families together; one of each at least.</param>
    public static IReadOnlyList<PeerEvidence> Of(IReadOnlyCollection<(IPNetwork Network, EdgeTally Tally)> addresses, int most)
    {
        var families = addresses.GroupBy(one => one.Network.BaseAddress.AddressFamily).OrderBy(family => family.Key).ToArray();
        return [.. families.SelectMany(family => OfFamily(family, family.Key, Math.Max(1, most / families.Length)))];
    }

    private static IEnumerable<PeerEvidence> OfFamily(IEnumerable<(IPNetwork Network, EdgeTally Tally)> addresses, AddressFamily family, int most)
    {
        var bits = family == AddressFamily.InterNetwork ? 32 : 128;
        var blocks = addresses.Select(seen => (Value: ValueOf(seen.Network.BaseAddress), Prefix: seen.Network.PrefixLength, seen.Tally, Count: 1))
            .OrderBy(block => block.Value).ToList();
        var size = blocks.Min(block => block.Prefix);
        var (one, several) = size == bits ? ("address", "addresses") : ("network", "networks");
        for (var prefix = size - 1; prefix >= 0 && blocks.Count > most; prefix--)
        {
            var merged = new List<(UInt128 Value, int Prefix, EdgeTally Tally, int Count)>();
            var left = blocks.Count;
            for (var at = 0; at < blocks.Count;)
            {
                var end = at + 1;
                while (end < blocks.Count && Head(blocks[end].Value, prefix, bits) == Head(blocks[at].Value, prefix, bits))
                {
                    end++;
                }

                if (end == at + 1 || left <= most)
                {
                    merged.AddRange(blocks[at..end]);
                }
                else
                {
                    left -= end - at - 1;
                    var tally = new EdgeTally();
                    blocks[at..end].ForEach(block => tally.Add(block.Tally));
                    merged.Add((Head(blocks[at].Value, prefix, bits), prefix, tally, blocks[at..end].Sum(block => block.Count)));
                }

                at = end;
            }

            blocks = merged;
        }

        return blocks.Select(block =>
        {
            var network = new IPNetwork(AddressOf(block.Value, bits), block.Prefix);
            return new PeerEvidence(
                new PolicyPeer(new IpBlock(network, []), null, null), $"{block.Count} {(block.Count == 1 ? one : several)}",
                block.Count, block.Tally);
        });
    }

    private static UInt128 Head(UInt128 value, int prefix, int bits) => prefix == 0 ? 0 : value >> (bits - prefix) << (bits - prefix);

    private static UInt128 ValueOf(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        return bytes.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static IPAddress AddressOf(UInt128 value, int bits)
    {
        var bytes = new byte[bits / 8];
        if (bits == 32)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        }

        return new IPAddress(bytes);
    }
}
