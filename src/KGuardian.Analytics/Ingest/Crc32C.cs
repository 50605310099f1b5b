using System.Numerics;
using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Ingest;

/// <summary>CRC-32C (Castagnoli), which processors compute: begun with ones, not inverted at the end.</summary>
internal static class Crc32C
{
    /// <summary>That of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Append(uint.MaxValue, bytes);

    /// <summary>That of what <paramref name="crc"/> is of, and more bytes behind it.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var rest in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return crc;
    }
}
