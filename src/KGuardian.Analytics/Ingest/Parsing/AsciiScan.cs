using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>Looks at 32 bytes of JSON at once, without bounds checks: EventParserBenchmarks shows what that is worth.</summary>
internal static class AsciiScan
{
    /// <summary>Bytes a look.</summary>
    public const int Vector = 32;

    /// <summary>A bit for each byte that is a quote, a backslash, a control character or not ASCII.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Stops(Vector256<byte> bytes) =>
        // As signed numbers, control characters and what is not ASCII are below a space.
        (Vector256.Equals(bytes, Vector256.Create((byte)'"'))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
            | Vector256.LessThan(bytes.AsSByte(), Vector256.Create((sbyte)' ')).AsByte()).ExtractMostSignificantBits();

    /// <summary>The 32 bytes at <paramref name="at"/>; the caller made sure that there are so many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(ReadOnlySpan<byte> input, int at) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(input), (nuint)at);

    /// <summary>Writes 32 bytes; what <see cref="EventBatch.FreeText"/> gave is longer than any text by <see cref="EventBatch.TextSlack"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<byte> bytes, Span<byte> text, int at) =>
        bytes.StoreUnsafe(ref MemoryMarshal.GetReference(text), (nuint)at);
}
