
namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>A control group with a limit of memory, and one without in it, as a service in a slice.</summary>
internal sealed class MemoryGroup : IAsyncDisposable
{
    private readonly string _outer;

    private MemoryGroup(string outer, long bytes)
    {
        _outer = outer;
        Directory.CreateDirectory(Inner);
        File.WriteAllText(Path.Combine(outer, File.Exists(Path.Combine(outer, "memory.max")) ? "memory.max" : "memory.limit_in_bytes"), $"{bytes}");
    }

    /// <summary>Why there can be none here; null when there can.</summary>
    public static string? Unavailable { get; } = FindRoot() is null ? "no control groups of memory can be made here" : null;

    /// <summary>The group within.</summary>
    public string Inner => Path.Combine(_outer, "service");

    public static MemoryGroup Create(long bytes) => new(Path.Combine(FindRoot()!, $"kguardian-test-{Environment.ProcessId}-{Random.Shared.Next()}"), bytes);

    public async ValueTask DisposeAsync()
    {
        // The kernel's files in them go with their directories; a process that has ended stays for a moment.
        foreach (var directory in new[] { Inner, _outer })
        {
            await Patience.UntilAsync(() =>
            {
                try
                {
                    Directory.Delete(directory);
                    return true;
                }
                catch (IOException)
                {
                    return false;
                }
            });
        }
    }

    private static string? FindRoot() =>
        new[] { "/sys/fs/cgroup/memory", "/sys/fs/cgroup" }.FirstOrDefault(root =>
            File.Exists(Path.Combine(root, "memory.limit_in_bytes"))
            || (File.Exists(Path.Combine(root, "cgroup.subtree_control"))
                && File.ReadAllText(Path.Combine(root, "cgroup.subtree_control")).Contains("memory", StringComparison.Ordinal)));
}
