using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Runner.InProc.SystemConsole;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>
/// This assembly as a program: the tests, or with the arguments "node" and a data directory a server reduced to its node, for a test to
/// kill. It writes a line "process id, URL, user, password" once the node answers, and then waits to be killed or for the end of its
/// standard input.
/// </summary>
internal static class NodeParent
{
    private static async Task<int> Main(string[] args)
    {
        if (args is not ["node", var directory])
        {
            return await ConsoleRunner.Run(args);
        }

        await using var node = new LocalNode(new LocalNodeOptions { DataDirectory = directory }, NullLogger<LocalNode>.Instance);
        await node.StartAsync(CancellationToken.None);
        Console.WriteLine($"{node.ProcessId} {node.Endpoint.Url} {node.Endpoint.User} {node.Endpoint.Password}");
        Console.In.ReadToEnd();
        return 0;
    }
}
