using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Exports.Files;

/// <summary>Makes the names of a directory durable, for which .NET has no call: fsync(2) of the directory.</summary>
internal static partial class DirectorySync
{
    /// <summary>O_RDONLY | O_CLOEXEC of Linux.</summary>
    private const int ReadOnly = 0x80000;

    /// <summary>Makes them so; elsewhere than on Linux the file system does by itself, or not.</summary>
    /// <exception cref="IOException">It failed.</exception>
    public static void Flush(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var handle = Open(directory, ReadOnly);
        if (handle < 0)
        {
            throw Failed(directory);
        }

        try
        {
            if (Sync(handle) != 0)
            {
                throw Failed(directory);
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Failed(string directory) => new($"{directory} could not be synced: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
