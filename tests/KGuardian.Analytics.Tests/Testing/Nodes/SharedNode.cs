using System.Diagnostics;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>
/// One ClickHouse node for the whole test process, started when the first test asks. It ends with the process, however that ends, as every
/// node does; a shell that waits for the same moment then deletes its files, which a fixture of the assembly would leave after a crash.
/// </summary>
public static class SharedNode
{
    // Detached with "&", so that it outlives the process tree it cleans up after, with the pipe moved away from where "&" puts /dev/null;
    // repeated while the node is still dying, which may write again what was deleted.
    private const string Janitor =
        """exec 3<&0; ( cat <&3; for i in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$0"; sleep 1; [ -e "$0" ] || break; done ) >/dev/null 2>&1 &""";

    private static readonly Lazy<Task<LocalNode>> Node = new(StartAsync);

    // Held: the end of the janitor's input, also by the finalizer, is its sign to delete.
    private static Process? _janitor;

    /// <summary>The node, started.</summary>
    internal static Task<LocalNode> GetAsync() => Node.Value;

    /// <summary>A new, empty database on it.</summary>
    public static async Task<TestDatabase> CreateDatabaseAsync() => await TestDatabase.CreateAsync((await Node.Value).Endpoint);

    private static async Task<LocalNode> StartAsync()
    {
        var directory = Directory.CreateTempSubdirectory("kguardian-shared-").FullName;
        _janitor = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Janitor, directory]) { RedirectStandardInput = true })!;
        await _janitor.WaitForExitAsync();
        var node = new LocalNode(
            new LocalNodeOptions { DataDirectory = directory, MemoryShare = 0.25, StartTimeout = TimeSpan.FromMinutes(3) },
            NullLogger<LocalNode>.Instance);
        await node.StartAsync(CancellationToken.None);
        return node;
    }
}
