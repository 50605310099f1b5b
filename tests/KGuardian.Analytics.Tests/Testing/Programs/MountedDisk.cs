using System.Diagnostics;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>A small file system in memory, to be filled to the last byte.</summary>
internal sealed class MountedDisk : IDisposable
{
    private readonly TestDirectory _directory = new();

    private MountedDisk()
    {
    }

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Unavailable { get; } = FindUnavailable();

    public string Path => _directory.Path;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public static MountedDisk Create(int megabytes, bool readOnly = false)
    {
        var disk = new MountedDisk();
        Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m{(readOnly ? ",ro" : "")}", "tmpfs", disk.Path);
        return disk;
    }

    /// <summary>Leaves no space.</summary>
    public void Fill()
    {
        using var file = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var piece = new byte[1 << 20];
        while (piece.Length > 0)
        {
            try
            {
                file.Write(piece);
            }
            catch (IOException)
            {
                // Full, but for less than a piece.
                piece = piece[..(piece.Length / 2)];
            }
        }
    }

    /// <summary>Gives the space back.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        // Lazily: somebody may still look into it.
        Run("umount", "-l", Path);
        _directory.Dispose();
    }

    private static string? FindUnavailable()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "mounting a file system needs root on Linux";
        }

        try
        {
            using var disk = Create(1);
            return null;
        }
        catch (InvalidOperationException e)
        {
            return $"no file system can be mounted here: {e.Message}";
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program}: {error.Trim()}");
        }
    }
}
