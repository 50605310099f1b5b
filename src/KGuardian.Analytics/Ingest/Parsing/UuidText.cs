using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>Parses a uuid's text, in any letter case: hyphenated, 32 hex digits, {hyphenated} or urn:uuid:hyphenated.</summary>
internal static class UuidText
{
    /// <summary>The length of the hyphenated form.</summary>
    internal const int HyphenatedBytes = 36;

    /// <summary>Parses; the value's big-endian bytes are the uuid's in the order of its text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out UInt128 value)
    {
        switch (text.Length)
        {
            case HyphenatedBytes:
                return TryParseHyphenated(text, out value);
            case 32:
                return TryDecode(Vector128.Create(text), Vector128.Create(text[16..]), out value);
            case HyphenatedBytes + 2 when text[0] == '{' && text[^1] == '}':
                return TryParseHyphenated(text[1..], out value);
            case HyphenatedBytes + 9 when System.Text.Ascii.EqualsIgnoreCase(text[..9], "urn:uuid:"u8):
                return TryParseHyphenated(text[9..], out value);
            default:
                value = default;
                return false;
        }
    }

    /// <summary>Parses the 36 bytes that <paramref name="text"/> starts with.</summary>
    internal static bool TryParseHyphenated(ReadOnlySpan<byte> text, out UInt128 value)
    {
        if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
        {
            value = default;
            return false;
        }

        // Digits stand at 0-7, 9-12, 14-17 | 19-22, 24-35. An index of 255 gives a zero, which the other load then fills.
        var first = Vector128.ShuffleNative(
                Vector128.Create(text), Vector128.Create((byte)0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 255, 255))
            | Vector128.ShuffleNative(
                Vector128.Create(text[16..]),
                Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 1));
        var second = Vector128.ShuffleNative(
                Vector128.Create(text[19..]), Vector128.Create((byte)0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255))
            | Vector128.ShuffleNative(
                Vector128.Create(text[20..]),
                Vector128.Create((byte)255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 15));
        return TryDecode(first, second, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryDecode(Vector128<byte> first, Vector128<byte> second, out UInt128 value)
    {
        var valid = Nibbles(ref first) & Nibbles(ref second);

        // A pair of digits is one UInt16 with the high digit in its low byte.
        var high = first.AsUInt16();
        var low = second.AsUInt16();
        var bytes = Vector128.Narrow((high << 4 | high >> 8) & Vector128.Create((ushort)0xFF), (low << 4 | low >> 8) & Vector128.Create((ushort)0xFF));
        var words = bytes.AsUInt64();
        value = new UInt128(
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(words.ToScalar()),
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(words.GetElement(1)));
        return valid == Vector128<byte>.AllBitsSet;
    }

    // Turns hex digits into their values, and answers which of them were hex digits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Nibbles(ref Vector128<byte> text)
    {
        var digit = text - Vector128.Create((byte)'0');
        var letter = (text | Vector128.Create((byte)0x20)) - Vector128.Create((byte)'a');
        var isDigit = Vector128.LessThan(digit, Vector128.Create((byte)10));
        var isLetter = Vector128.LessThan(letter, Vector128.Create((byte)6));
        text = Vector128.ConditionalSelect(isDigit, digit, letter + Vector128.Create((byte)10));
        return isDigit | isLetter;
    }
}
