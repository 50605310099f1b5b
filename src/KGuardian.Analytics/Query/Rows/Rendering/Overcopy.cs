using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>
/// Copies short texts in whole vectors, reading and writing beyond their ends: what follows is written over it. A row is a dozen such copies, of
/// which each exact one would be a call and a branch that nobody can predict.
/// </summary>
internal static class Overcopy
{
    /// <summary>How far beyond a text's end its source must be readable, and its destination writable.</summary>
    public const int Slack = 2 * Vector;

    private const int Vector = 32;

    /// <summary>A copy of <paramref name="text"/> that can be a source.</summary>
    public static byte[] Padded(params ReadOnlySpan<byte> text)
    {
        var padded = new byte[text.Length + Slack];
        text.CopyTo(padded);
        return padded;
    }

    /// <summary>Copies <paramref name="length"/> bytes and returns the place behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref byte Copy(ref byte from, int length, ref byte to)
    {
        Vector256.LoadUnsafe(ref from).StoreUnsafe(ref to);
        Vector256.LoadUnsafe(ref from, Vector).StoreUnsafe(ref to, Vector);
        for (var at = 2 * Vector; at < length; at += Vector)
        {
            Vector256.LoadUnsafe(ref from, (nuint)at).StoreUnsafe(ref to, (nuint)at);
        }

        return ref Unsafe.Add(ref to, length);
    }
}
