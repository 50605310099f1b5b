using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace KGuardian.Analytics.Flows;

/// <summary>
/// The addresses that share their first bits; all bits: one address. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address.
/// An IPv6 prefix holds IPv6 addresses only, also when it is as short as ::/0. A zone id (fe80::1%eth0) is left out.
/// </summary>
/// <param name="First">The lowest address, as an IPv6 one.</param>
/// <param name="Bits">How many bits are shared, of 32 or 128.</param>
/// <param name="IsIPv4">Which family.</param>
internal readonly record struct IpPrefix(UInt128 First, int Bits, bool IsIPv4)
{
    private const int MappedBits = 96;

    private static readonly UInt128 Mapped = (UInt128)0xFFFF << 32;
    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>The highest address, as an IPv6 one.</summary>
    public UInt128 Last => First | Rest(IsIPv4 ? Bits + MappedBits : Bits);

    /// <summary>Whether it is one address.</summary>
    public bool IsAddress => Bits == (IsIPv4 ? 32 : 128);

    /// <summary>Whether IPv4 addresses lie between the first and the last of an IPv6 prefix.</summary>
    internal bool SurroundsIPv4 => !IsIPv4 && First <= Mapped && Last >= Mapped;

    /// <summary>Reads an address, or a prefix as <c>address/bits</c>; bits beyond the prefix are cleared.</summary>
    public static bool TryParse(string text, out IpPrefix prefix)
    {
        prefix = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        // .NET takes NULs behind a number.
        if (text.Contains('\0', StringComparison.Ordinal) || !TryAddress(slash < 0 ? text : text[..slash], out var address, out var dotted))
        {
            return false;
        }

        var most = dotted ? 32 : 128;
        var bits = most;
        if (slash >= 0 && (slash + 1 == text.Length || text.Length - slash > 4
            || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > most))
        {
            return false;
        }

        if (dotted)
        {
            bits += MappedBits;
        }

        var isIPv4 = (dotted || bits >= MappedBits) && address >> 32 == Mapped >> 32;
        prefix = new IpPrefix(address & ~Rest(bits), isIPv4 ? bits - MappedBits : bits, isIPv4);
        return true;
    }

    /// <summary>Whether the one address <paramref name="other"/> is among these.</summary>
    public bool Contains(IpPrefix other) => other.IsAddress && other.IsIPv4 == IsIPv4 && other.First >= First && other.First <= Last;

    /// <summary>The address, or <c>address/bits</c>, in its one spelling.</summary>
    public override string ToString() => IsAddress ? Text(First) : $"{Text(First)}/{Bits}";

    /// <summary>The spelling of one address of this family.</summary>
    internal string Text(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return new IPAddress(IsIPv4 ? bytes[12..] : bytes).ToString();
    }

    private static UInt128 Rest(int bits) => bits == 128 ? UInt128.Zero : UInt128.MaxValue >> bits;

    private static bool TryAddress(string text, out UInt128 address, out bool dotted)
    {
        address = Mapped;
        dotted = !text.Contains(':', StringComparison.Ordinal);
        if (dotted)
        {
            return TryDotted(text, ref address);
        }

        // A zone id says on which link the address is, and is no part of it.
        var zone = text.IndexOf('%', StringComparison.Ordinal);
        if (zone == text.Length - 1)
        {
            return false;
        }

        text = zone < 0 ? text : text[..zone];
        // .NET also takes brackets and ports.
        if (text.AsSpan().ContainsAnyExcept(IPv6Characters)
            || !IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        address = BinaryPrimitives.ReadUInt128BigEndian(parsed.GetAddressBytes());
        return true;
    }

    // .NET also takes 1, 0x7f.1 and octal numbers.
    private static bool TryDotted(string text, ref UInt128 address)
    {
        var octets = text.Split('.');
        if (octets.Length != 4)
        {
            return false;
        }

        for (var i = 0; i < 4; i++)
        {
            var octet = octets[i];
            if (octet.Length is 0 or > 3 || (octet.Length > 1 && octet[0] == '0')
                || !byte.TryParse(octet, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            {
                return false;
            }

            address |= (UInt128)value << (8 * (3 - i));
        }

        return true;
    }
}
