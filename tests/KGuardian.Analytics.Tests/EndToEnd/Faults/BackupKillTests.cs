using System.Diagnostics;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>kill -9 while a backup or a restore is under way: the store is wholly one or the other, and the next try is as if nothing had been.</summary>
public sealed class BackupKillTests : IDisposable
{
    private readonly TestDirectory _data = new();
    private readonly TestDirectory _backups = new();

    public void Dispose()
    {
        _data.Dispose();
        _backups.Dispose();
    }

    [Fact]
    public async Task Server_killed_during_a_backup_loses_nothing_and_makes_the_next_one()
    {
        var random = new Random(Fuzz.Seed(7));
        var pod = FlowEvent.NewPod();
        var flows = 0;
        for (var round = 0; round < 2; round++)
        {
            await using var server = await StartAsync();
            await server.Api.PostBatchAsync(FlowEvent.Many(pod, flows += 2000));
            using (var answer = await server.Api.PostAsync("/api/v1/admin/backups", "{}"))
            {
                Assert.Equal(System.Net.HttpStatusCode.Accepted, answer.StatusCode);
            }

            await Task.Delay(random.Next(500));
            await server.KillAsync();
        }

        await using (var server = await StartAsync())
        {
            Assert.Equal(flows, (await server.Api.GetPodAsync(pod)).Length);
            Assert.Equal(["kguardian"], Databases());
            Assert.Equal(0, await server.StopAsync());
        }

        var made = await RunAsync("backup");
        Assert.True(made.ExitCode == 0, made.Error);
        var restored = await RunAsync("restore", "--from", _backups.Path, "--replace");
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains($"{flows} flows", restored.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("restore")]
    [InlineData("swap")]
    public async Task Restore_killed_leaves_the_store_before_or_the_restored_one(string phase)
    {
        var (before, after) = (FlowEvent.NewPod(), FlowEvent.NewPod());
        await using (var server = await StartAsync())
        {
            await server.Api.PostBatchAsync(FlowEvent.Many(after, 2000));
            Assert.Equal(0, (await RunAsync("backup")).ExitCode);
            await server.Api.PostBatchAsync(FlowEvent.Many(before, 1000));
            Assert.Equal(0, await server.StopAsync());
        }

        var mayHaveSwapped = await KillInAsync(phase);

        await using (var server = await StartAsync())
        {
            var (old, fresh) = ((await server.Api.GetPodAsync(before)).Length, (await server.Api.GetPodAsync(after)).Length);
            Assert.Equal(2000, fresh);
            Assert.Contains(old, mayHaveSwapped ? [0, 1000] : new[] { 1000 });
            // The index of known flows is that store's.
            Assert.Equal(1000 - old, await server.Api.PostBatchAsync(FlowEvent.Many(before, 1000)));
            Assert.Equal(["kguardian"], Databases());
            Assert.Equal(0, await server.StopAsync());
        }

        var again = await RunAsync("restore", "--from", _backups.Path, "--replace");
        Assert.True(again.ExitCode == 0, again.Error);
        await using var last = await StartAsync();
        Assert.Equal(2000, (await last.Api.GetRowsAsync("/pod/traffic")).Length);
    }

    private string[] Databases() =>
        [.. Directory.GetFiles(Path.Combine(_data.Path, "clickhouse", "store", "metadata"), "kguardian*.sql")
            .Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    /// <summary>Begins a restore, and kills it once it says that it is there; it may be further then. Whether it said that it would change the store.</summary>
    private async Task<bool> KillInAsync(string phase)
    {
        using var process = Process.Start(ServerProgram.Command(["restore", "--from", _backups.Path, "--replace"], Settings))!;
        var seen = new List<string>();
        while (await process.StandardError.ReadLineAsync().WaitAsync(Patience.Limit) is { } line)
        {
            seen.Add(line);
            if (line.StartsWith(phase, StringComparison.Ordinal))
            {
                process.Kill();
            }
        }

        await process.WaitForExitAsync().WaitAsync(Patience.Limit);
        Assert.True(seen.Exists(line => line.StartsWith(phase, StringComparison.Ordinal)), $"It was never in {phase}: {string.Join('\n', seen)}");
        return seen.Exists(line => line.StartsWith("swap", StringComparison.Ordinal));
    }

    private (string, string)[] Settings =>
        [("KGUARDIAN_DATA_DIR", _data.Path), ("KGUARDIAN_NODE__MEMORYSHARE", "0.15"), ("KGUARDIAN_NODE__BACKUPDIRECTORY", _backups.Path)];

    private async Task<ServerProcess> StartAsync()
    {
        var server = await ServerProcess.StartAsync(_data.Path, ("KGUARDIAN_NODE__BACKUPDIRECTORY", _backups.Path));
        return server;
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] args) => ServerProgram.RunAsync(args, Settings);
}
