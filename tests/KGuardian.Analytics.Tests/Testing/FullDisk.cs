using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Tests.Testing;

/// <summary>
/// A full disk under a file that this process has open: until disposed, its descriptors lead to /dev/full, where the kernel answers every
/// write with "no space left on device". Linux only, as the engine's tests are.
/// </summary>
internal sealed class FullDisk : IDisposable
{
    private readonly List<(int Descriptor, int Kept)> _replaced = [];

    /// <summary>Lets writes to <paramref name="path"/> fail.</summary>
    public static FullDisk Under(string path)
    {
        var disk = new FullDisk();
        using var full = File.OpenHandle("/dev/full", FileMode.Open, FileAccess.Write);
        // All are found before the first is replaced: a kept copy leads to the path too, and must not be replaced in its turn.
        foreach (var descriptor in OpenOn(path))
        {
            disk._replaced.Add((descriptor, Dup(descriptor)));
            Assert.Equal(descriptor, Dup2((int)full.DangerousGetHandle(), descriptor));
        }

        Assert.NotEmpty(disk._replaced);
        return disk;
    }

    public void Dispose()
    {
        foreach (var (descriptor, kept) in _replaced)
        {
            Assert.Equal(descriptor, Dup2(kept, descriptor));
            Assert.Equal(0, Close(kept));
        }

        _replaced.Clear();
    }

    private static int[] OpenOn(string path) =>
    [
        .. Directory.GetFiles("/proc/self/fd")
            .Where(link => Target(link) == path)
            .Select(link => int.Parse(Path.GetFileName(link), System.Globalization.CultureInfo.InvariantCulture)),
    ];

    private static string? Target(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            // Another test's file, closed meanwhile.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "dup")]
    private static extern int Dup(int descriptor);

    [DllImport("libc", EntryPoint = "dup2")]
    private static extern int Dup2(int from, int to);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
