using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>What a processor can be told about memory.</summary>
internal static class Memory
{
    /// <summary>Rows between a fetch and its use: memory takes some 100 to 200 ns, counting a row some 15.</summary>
    public const int RowsAhead = 12;

    /// <summary>Begins to fetch a cache line that will be written soon; nothing on processors that .NET has no such instruction for (Arm).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch<T>(ref T at)
        where T : struct
    {
        if (Sse.IsSupported)
        {
            // An address that moved meanwhile is a hint that does not help: nothing is read or written.
            Sse.Prefetch0(Unsafe.AsPointer(ref at));
        }
    }
}
