using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Engine;

/// <summary>
/// This assembly as a program: a server reduced to its node, for a test to kill. Its argument is a data directory; it writes a line
/// "process id, URL, user, password" once the node answers, and then waits to be killed or for the end of its standard input.
/// </summary>
internal static class NodeParent
{
    private static async Task Main(string[] args)
    {
        await using var node = new LocalNode(new LocalNodeOptions { DataDirectory = args[0] }, NullLogger<LocalNode>.Instance);
        await node.StartAsync(CancellationToken.None);
        Console.WriteLine($"{node.ProcessId} {node.Endpoint.Url} {node.Endpoint.User} {node.Endpoint.Password}");
        Console.In.ReadToEnd();
    }
}
