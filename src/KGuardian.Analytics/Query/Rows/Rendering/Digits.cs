using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>Decimal digits from a table of all numbers below 10,000.</summary>
internal static class Digits
{
    /// <summary>Four digits each, the first one in the lowest byte.</summary>
    private static readonly uint[] Four = [.. Enumerable.Range(0, 10_000).Select(number =>
        (uint)(('0' + (number / 1000)) | (('0' + (number / 100 % 10)) << 8) | (('0' + (number / 10 % 10)) << 16) | (('0' + (number % 10)) << 24)))];

    /// <summary>Writes a number below 100,000 as it is spelled, eight bytes of which those behind it are nothing; returns the place behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte Write(uint number, ref byte to)
    {
        var high = number / 10_000;
        var length = 1 + Bit(number >= 10) + Bit(number >= 100) + Bit(number >= 1000) + Bit(number >= 10_000);
        var digits = ('0' + high) | ((ulong)Four[number - (high * 10_000)] << 8);
        Unsafe.WriteUnaligned(ref to, digits >> (8 * (5 - length)));
        return ref Unsafe.Add(ref to, length);
    }

    /// <summary>Writes a number below 10,000 with its four digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte WriteFour(uint number, ref byte to)
    {
        Unsafe.WriteUnaligned(ref to, Four[number]);
        return ref Unsafe.Add(ref to, 4);
    }

    /// <summary>Writes a number below 100 with its two digits, and two bytes of nothing behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte WriteTwo(uint number, ref byte to)
    {
        Unsafe.WriteUnaligned(ref to, Four[number] >> 16);
        return ref Unsafe.Add(ref to, 2);
    }

    private static int Bit(bool isSet) => isSet ? 1 : 0;
}
