using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// Memory of whole pages, zeroed, which the system has back when it is freed. The allocator of the C library keeps what tables of this size leave
/// behind: a growing index took three times its size.
/// </summary>
internal static unsafe partial class PageMemory
{
    private const int ReadAndWrite = 1 | 2;

    /// <summary>MAP_PRIVATE and MAP_ANONYMOUS of Linux.</summary>
    private const int PrivateAndAnonymous = 2 | 0x20;

    private const nint Failed = -1;

    /// <summary>A piece of memory.</summary>
    /// <exception cref="InsufficientMemoryException">There is none.</exception>
    public static void* Allocate(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return NativeMemory.AllocZeroed((nuint)bytes);
        }

        var at = Map(0, (nuint)bytes, ReadAndWrite, PrivateAndAnonymous, -1, 0);
        return at != Failed ? (void*)at
            : throw new InsufficientMemoryException($"{bytes} bytes for known flows: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
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

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint at, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint at, nuint bytes);
}
