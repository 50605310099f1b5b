using System.Security.Cryptography;

namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>
/// Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-preserving IP address anonymization", 2002) for addresses of any length: each bit is turned or not by AES of the
/// bits before it, so that two addresses that share exactly n leading bits share exactly n afterwards. Where the bits before lead to a block that is to
/// stay, none is turned: it stays, and nothing else comes to lie in it.
/// </summary>
internal sealed class CryptoPan : IDisposable
{
    private const int BlockBytes = 16;

    private readonly Aes _aes = Aes.Create();
    private readonly byte[] _pad = new byte[BlockBytes];
    private readonly (byte[] Prefix, int Bits)[] _staying;

    /// <param name="key">32 bytes: AES's key, and what makes the padding.</param>
    /// <param name="staying">Blocks that stay, of the addresses' own length.</param>
    public CryptoPan(ReadOnlySpan<byte> key, params (byte[] Prefix, int Bits)[] staying)
    {
        _aes.Key = key[..BlockBytes].ToArray();
        _aes.EncryptEcb(key[BlockBytes..], _pad, PaddingMode.None);
        _staying = staying;
    }

    /// <summary>Another address for an address of up to 16 bytes.</summary>
    public void Map(ReadOnlySpan<byte> address, Span<byte> result)
    {
        var bits = 8 * address.Length;
        // All bits at once: what is encrypted depends on the address alone. 2 KiB for IPv6.
        Span<byte> blocks = stackalloc byte[bits * BlockBytes];
        for (var bit = 0; bit < bits; bit++)
        {
            var block = blocks.Slice(bit * BlockBytes, BlockBytes);
            _pad.CopyTo(block);
            address[..(bit / 8)].CopyTo(block);
            var own = 0xFF00 >> (bit % 8) & 0xFF;
            block[bit / 8] = (byte)((address[bit / 8] & own) | (_pad[bit / 8] & ~own));
        }

        _aes.EncryptEcb(blocks, blocks, PaddingMode.None);
        address.CopyTo(result);
        for (var bit = 0; bit < bits; bit++)
        {
            if (blocks[bit * BlockBytes] >= 128 && !LeadsToStaying(address, bit))
            {
                result[bit / 8] ^= (byte)(128 >> (bit % 8));
            }
        }
    }

    public void Dispose() => _aes.Dispose();

    private bool LeadsToStaying(ReadOnlySpan<byte> address, int bits)
    {
        foreach (var (prefix, length) in _staying)
        {
            if (bits < length && IsSame(address, prefix, bits))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, int bits) =>
        one[..(bits / 8)].SequenceEqual(other[..(bits / 8)]) && (bits % 8 == 0 || ((one[bits / 8] ^ other[bits / 8]) >> (8 - (bits % 8))) == 0);
}
