using System.Runtime.InteropServices;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// Who gets at what is in a data directory: the user of this process alone. Where the directory's group may write to it, as Kubernetes' fsGroup and
/// OpenShift make a volume, that group, too: the next process may be another user of it.
/// </summary>
internal static partial class PrivateFiles
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Group = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>
    /// Creates a data directory if it is not there. Where it is shared, this process and its children leave the group what they write from then on.
    /// </summary>
    /// <returns>Its full path.</returns>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public static string OpenDataDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return Directory.CreateDirectory(path).FullName;
        }
        // Not the group's by chance: a umask of 0002 is no word about this directory.
        var full = Directory.CreateDirectory(
            path, Owner | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute).FullName;
        if (IsShared(full))
        {
            _ = SetCreationMask((uint)Others);
        }

        return full;
    }

    /// <summary>Whether the group may write to a directory, and not everybody.</summary>
    public static bool IsShared(string directory) =>
        !OperatingSystem.IsWindows() && (File.GetUnixFileMode(directory) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == UnixFileMode.GroupWrite;

    /// <summary>The mode of a new file that is not for everybody.</summary>
    public static UnixFileMode FileMode(string path) => Private(path) & ~Execute;

    /// <summary>Creates a directory that is not for everybody; one that is there is made so.</summary>
    /// <returns>Whether it is: only its owner can change one that is there, and nobody on a file system without modes.</returns>
    /// <exception cref="IOException">It cannot be created.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be created.</exception>
    public static bool CreateDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return true;
        }

        var wanted = Private(path);
        Directory.CreateDirectory(path, wanted);
        var mode = File.GetUnixFileMode(path);
        var excess = mode & (Owner | Group | Others) & ~wanted;
        if (excess == 0)
        {
            return true;
        }

        try
        {
            File.SetUnixFileMode(path, mode & ~excess);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // Answered below; some file systems refuse it without a word.
        }

        return (File.GetUnixFileMode(path) & excess) == 0;
    }

    /// <summary>As it is in the directory around it.</summary>
    private static UnixFileMode Private(string path) => IsShared(Path.GetDirectoryName(Path.GetFullPath(path))!) ? Owner | Group : Owner;

    /// <summary>umask(2): what a new file or directory does not get. .NET has no call for it.</summary>
    [LibraryImport("libc", EntryPoint = "umask")]
    private static partial uint SetCreationMask(uint mask);
}
