namespace KGuardian.Analytics.Server.Client;

/// <summary>Files that hold a secret of the user's: as with ssh, one that others may read or write is refused.</summary>
internal static class PrivateFile
{
    /// <summary>Who opens it may read and write it, and nobody else.</summary>
    public const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Makes sure that nobody else may read a file.</summary>
    /// <param name="path">The file, which is there.</param>
    /// <param name="holds">What is in it, for the error.</param>
    /// <exception cref="UsageException">Others may.</exception>
    public static void Check(string path, string holds)
    {
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) is var mode && (mode & Others) != 0)
        {
            throw new UsageException($"others may read or write {path} ({Convert.ToString((int)mode, 8)}), which {holds}: chmod 600 {path}");
        }
    }
}
