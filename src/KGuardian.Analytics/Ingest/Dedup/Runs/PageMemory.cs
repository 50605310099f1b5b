using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// Memory of whole pages, zeroed, which the system has back when it is freed. The allocator of the C library keeps what tables of this size leave
/// behind: a growing index took three times its size. Pages are made when they are asked for, all at once: made one by one, when each is touched first,
/// they cost five to fifteen times as much on virtual machines, which was a fifth of what a new flow cost.
/// </summary>
internal static unsafe partial class PageMemory
{
    private const int ReadAndWrite = 1 | 2;

    /// <summary>MAP_PRIVATE and MAP_ANONYMOUS of Linux.</summary>
    private const int PrivateAndAnonymous = 2 | 0x20;

    /// <summary>MREMAP_MAYMOVE of Linux.</summary>
    private const int MayMove = 1;

    /// <summary>MADV_POPULATE_WRITE of Linux 5.14 and newer; an older one refuses it, and makes pages when they are touched.</summary>
    private const int PopulateForWriting = 23;

    private const nint Failed = -1;

    /// <summary>A piece of memory.</summary>
    /// <exception cref="InsufficientMemoryException">There is none.</exception>
    public static void* Allocate(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return NativeMemory.AllocZeroed((nuint)bytes);
        }

        var at = Checked(Map(0, (nuint)bytes, ReadAndWrite, PrivateAndAnonymous, -1, 0), bytes);
        _ = Advise(at, (nuint)bytes, PopulateForWriting);
        return (void*)at;
    }

    /// <summary>Makes a piece longer or shorter: what it held stays, as far as it goes, and the rest is zero. It may move.</summary>
    /// <exception cref="InsufficientMemoryException">There is none; the piece is as it was.</exception>
    public static void* Resize(void* at, long bytes, long wanted)
    {
        if (!OperatingSystem.IsLinux())
        {
            var other = (byte*)Allocate(wanted);
            Buffer.MemoryCopy(at, other, wanted, Math.Min(bytes, wanted));
            Free(at, bytes);
            return other;
        }

        var moved = Checked(Remap((nint)at, (nuint)bytes, (nuint)wanted, MayMove), wanted);
        if (PagesEnd(wanted) > PagesEnd(bytes))
        {
            _ = Advise(moved + (nint)PagesEnd(bytes), (nuint)(PagesEnd(wanted) - PagesEnd(bytes)), PopulateForWriting);
        }

        // Of the page in which a shorter piece ended something may have stayed from before.
        NativeMemory.Clear((byte*)moved + Math.Min(bytes, wanted), (nuint)(PagesEnd(Math.Min(bytes, wanted)) - Math.Min(bytes, wanted)));
        return (void*)moved;
    }

    /// <summary>Gives a piece back; null is none.</summary>
    public static void Free(void* at, long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            NativeMemory.Free(at);
        }
        else if (at != null)
        {
            _ = Unmap((nint)at, (nuint)bytes);
        }
    }

    private static long PagesEnd(long bytes) => (bytes + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;

    private static nint Checked(nint at, long bytes) => at != Failed ? at
        : throw new InsufficientMemoryException($"{bytes} bytes for known flows: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "mremap", SetLastError = true)]
    private static partial nint Remap(nint at, nuint bytes, nuint wanted, int flags);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint at, nuint bytes, int advice);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint at, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint at, nuint bytes);
}
