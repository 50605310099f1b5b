using System.Diagnostics;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class LocalNodeParentTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly Process _parent;

    public LocalNodeParentTests()
    {
        // The host this test runs under is a "dotnet"
        _parent = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(NodeParent).Assembly.Location, "node", _directory.Path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    public void Dispose()
    {
        _parent.Kill();
        _parent.WaitForExit();
        _parent.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Parent_killed_takes_its_node_along_and_the_next_start_takes_over()
    {
        var (child, endpoint) = await ReadyAsync();
        await Sql.RunAsync(endpoint, "CREATE DATABASE kguardian");
        await Sql.RunAsync(endpoint, "CREATE TABLE kguardian.t (a UInt8) ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a");

        _parent.Kill();

        // At once, without waiting for the child's end: taking over is to cope with that.
        await using var next = new LocalNode(new LocalNodeOptions { DataDirectory = _directory.Path, MemoryShare = 0.1 }, NullLogger<LocalNode>.Instance);
        await _parent.WaitForExitAsync();
        await next.StartAsync(CancellationToken.None);
        Assert.Equal("7", await Sql.RunAsync(next.Endpoint, "SELECT a FROM kguardian.t"));
        await child.WaitForExitAsync().WaitAsync(Patience.Limit);
        await next.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Parent_killed_while_the_engine_loads_takes_it_along()
    {
        var child = await FirstChildAsync();

        _parent.Kill();

        await child.WaitForExitAsync().WaitAsync(Patience.Limit);
    }

    [Fact]
    public async Task Parent_ending_in_order_stops_its_node()
    {
        var (child, _) = await ReadyAsync();

        _parent.StandardInput.Close();

        await _parent.WaitForExitAsync().WaitAsync(Patience.Limit);
        Assert.True(child.HasExited);
        Assert.Equal(0, _parent.ExitCode);
    }

    private async Task<(Process Child, ClickHouseEndpoint Endpoint)> ReadyAsync()
    {
        var line = await _parent.StandardOutput.ReadLineAsync().WaitAsync(Patience.Limit);
        var fields = line!.Split(' ');
        return (Process.GetProcessById(int.Parse(fields[0])), new ClickHouseEndpoint(new Uri(fields[1]), fields[2], fields[3]));
    }

    // Linux lists a process's children; there is no line yet to read an id from.
    private async Task<Process> FirstChildAsync()
    {
        var deadline = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(deadline) < Patience.Limit)
        {
            foreach (var task in Directory.EnumerateDirectories($"/proc/{_parent.Id}/task"))
            {
                try
                {
                    if (await File.ReadAllTextAsync(Path.Combine(task, "children")) is { Length: > 0 } ids)
                    {
                        return Process.GetProcessById(int.Parse(ids.Split(' ')[0]));
                    }
                }
                catch (IOException)
                {
                    // The thread ended meanwhile.
                    continue;
                }
            }

            await Task.Delay(5);
        }

        throw new TimeoutException("The parent started no child.");
    }
}
