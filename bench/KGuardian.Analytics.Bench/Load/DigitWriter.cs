using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Writes fixed-width numbers and uuids over prepared bytes, unchecked: offsets were found when the bytes were prepared.</summary>
internal static class DigitWriter
{
    private static readonly ushort[] Pairs = [.. Enumerable.Range(0, 100).Select(n => (ushort)('0' + n / 10 | ('0' + n % 10) << 8))];
    private static readonly uint[] OctetDigits =
        [.. Enumerable.Range(100, 150).Select(n => (uint)('0' + n / 100 | ('0' + n / 10 % 10) << 8 | ('0' + n % 10) << 16))];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FiveDigits(ref byte at, uint value)
    {
        var high = value / 10_000;
        at = (byte)('0' + high);
        FourDigits(ref Unsafe.Add(ref at, 1), value - high * 10_000);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SixDigits(ref byte at, uint value)
    {
        var high = value / 10_000;
        Unsafe.WriteUnaligned(ref at, Pairs[high]);
        FourDigits(ref Unsafe.Add(ref at, 2), value - high * 10_000);
    }

    /// <summary>Octet number 0..149 as the text 100..249.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Octet(ref byte at, uint number)
    {
        var digits = OctetDigits[number];
        Unsafe.WriteUnaligned(ref at, (ushort)digits);
        Unsafe.Add(ref at, 2) = (byte)(digits >> 16);
    }

    /// <summary>A version 4 uuid over a prepared one whose dashes stand already. All bits are random, so their order does not matter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Uuid(ref byte at, ulong random1, ulong random2)
    {
        var hex = Vector128.Create("0123456789abcdef"u8);
        var nibble = Vector128.Create((byte)0x0F);
        var bytes = Vector128.Create(random1, random2);
        var low = Vector128.Shuffle(hex, bytes.AsByte() & nibble).AsUInt64();
        var high = Vector128.Shuffle(hex, Vector128.ShiftRightLogical(bytes, 4).AsByte() & nibble).AsUInt64();
        Unsafe.WriteUnaligned(ref at, low[0]);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 9), (uint)low[1]);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 14), (uint)(low[1] >> 32));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 19), (uint)high[0]);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 24), (uint)(high[0] >> 32));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 28), high[1]);
        Unsafe.Add(ref at, 14) = (byte)'4';
        Unsafe.Add(ref at, 19) = (byte)'a';
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourDigits(ref byte at, uint value)
    {
        var high = value / 100;
        Unsafe.WriteUnaligned(ref at, Pairs[high]);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 2), Pairs[value - high * 100]);
    }
}
