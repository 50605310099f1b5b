using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>What users do after a restore: dashboards are read as their user, tails go on from the ids that they had, the next backup is made.</summary>
public sealed class RestoredStoreTests : IDisposable
{
    private readonly TestDirectory _data = new();
    private readonly TestDirectory _second = new();
    private readonly TestDirectory _backups = new();

    public void Dispose()
    {
        _data.Dispose();
        _second.Dispose();
        _backups.Dispose();
    }

    [Fact]
    public async Task Every_view_of_a_restored_old_backup_and_of_its_own_backup_is_read_by_the_dashboards_user()
    {
        await using (var packed = new GZipStream(
            File.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", "backup-0.1.0.tar.gz")), CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(packed, _backups.Path, overwriteFiles: false);
        }

        var restored = await RunAsync(_data, "restore", "--from", _backups.Path);
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains("every view as kguardian, kguardian_readonly, kguardian_grafana", restored.Output, StringComparison.Ordinal);
        // A backup's age is no reason to lose its days.
        var port = FixedPort.Choose();
        await using (var server = await StartAsync(_data, port))
        {
            await AssertViewsAsync(_data, port, flows: 100);
            var made = await RunAsync(_data, "backup", "--to", Path.Combine(_data.Path, "clickhouse", "backups"));
            Assert.True(made.ExitCode == 0, made.Error);
            Assert.Contains("; read back", made.Output, StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync());
        }

        var again = await RunAsync(_second, "restore", "--from", Path.Combine(_data.Path, "clickhouse", "backups"));
        Assert.True(again.ExitCode == 0, again.Error);
        await using var last = await StartAsync(_second, port);
        await AssertViewsAsync(_second, port, flows: 100);
        var doctor = await RunAsync(_second, "doctor");
        Assert.Contains(
            $"{DashboardViews.Names.Count} views can be read by kguardian, kguardian_readonly, kguardian_grafana",
            doctor.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_on_a_base_that_lost_its_files_is_a_full_one_and_the_list_says_what_is_broken()
    {
        await using var server = await StartAsync(_data, 0);
        await server.Api.PostBatchAsync(FlowEvent.Many("chain", 10));
        var first = await BackupAsync();
        await server.Api.PostBatchAsync(FlowEvent.Many("chain", 20));
        var second = await BackupAsync();
        var places = Path.Combine(_data.Path, "clickhouse", "backups");
        foreach (var file in Directory.GetFiles(Path.Combine(places, first), "*.bin", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }

        var third = await BackupAsync();
        var list = await RunAsync(_data, "backup", "--list", "--json");
        var text = await RunAsync(_data, "backup", "--list");
        var refused = await RunAsync(_second, "restore", "--from", Path.Combine(places, second));
        var restored = await RunAsync(_second, "restore", "--from", places);

        Assert.EndsWith("-full", third, StringComparison.Ordinal);
        Assert.Equal((4, 4), (list.ExitCode, text.ExitCode));
        Assert.Equal(
            [(third, "there"), (second, "broken"), (first, "broken")],
            JsonDocument.Parse(list.Output).RootElement.EnumerateArray()
                .Select(backup => (backup.GetProperty("name").GetString()!, backup.GetProperty("state").GetString()!)));
        Assert.Equal(2, text.Output.Split("BROKEN ").Length - 1);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"{first}'), which it builds on, lacks the file data/", refused.Error, StringComparison.Ordinal);
        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains($"{third}'): 20 flows", restored.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tail_goes_on_after_a_restore_of_an_older_backup_with_what_is_new_alone()
    {
        using var tail = new TailClient("from=-1h");
        string backup;
        await using (var server = await StartAsync(_data, 0))
        {
            await server.Api.PostBatchAsync(FlowEvent.Many("old", 130));
            // Before anybody has a cursor: the secret that signs them is younger than the backup.
            backup = await BackupAsync();
            await server.Api.PostBatchAsync(FlowEvent.Many("lost", 7));
            await tail.OpenAsync(server.Api);
            await tail.ReadAsync(137);
            tail.Close();
            Assert.Equal(0, await server.StopAsync());
        }

        var restored = await RunAsync(_data, "restore", "--from", backup, "--replace");
        Assert.True(restored.ExitCode == 0, restored.Error);
        await using var again = await StartAsync(_data, 0);
        await tail.OpenAsync(again.Api);
        await again.Api.PostBatchAsync([.. FlowEvent.Many("old", 130), .. FlowEvent.Many("new", 3)]);
        await tail.ReadAsync(140);

        Assert.Equal(["new", "new", "new"], tail.Events[137..].Select(flow => flow.PodName));
        // What was done since the backup is still known, and so is the backup.
        Assert.Contains("\"activity_code\":\"backup.create\"", await again.Api.GetTextAsync("/api/events/audit"), StringComparison.Ordinal);
        Assert.Contains($"\"{backup}\"", (await RunAsync(_data, "backup", "--list", "--json")).Output, StringComparison.Ordinal);
    }

    private static async Task AssertViewsAsync(TestDirectory data, int port, int flows)
    {
        var password = await File.ReadAllTextAsync(Path.Combine(data.Path, "clickhouse", "grafana.password"));
        using var grafana = new GrafanaClient(new ClickHouseEndpoint(new Uri($"http://127.0.0.1:{port}"), "kguardian_grafana", password.Trim()), "kguardian");
        foreach (var view in DashboardViews.Names)
        {
            Assert.Null((await grafana.AskAsync($"SELECT * FROM {view} LIMIT 1")).Refusal);
        }

        Assert.Equal([$"{flows}"], (await grafana.AskAsync("SELECT toString(count()) FROM flows")).Texts);
    }

    private async Task<string> BackupAsync()
    {
        var (exitCode, output, error) = await RunAsync(_data, "backup", "--json");
        Assert.True(exitCode == 0, $"{exitCode}: {error}");
        return JsonDocument.Parse(output).RootElement.GetProperty("name").GetString()!;
    }

    private static Task<ServerProcess> StartAsync(TestDirectory data, int port) =>
        ServerProcess.StartAsync(data.Path, ("KGUARDIAN_NODE__HTTPPORT", $"{port}"));

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(TestDirectory data, params string[] args) =>
        ServerProgram.RunAsync(args, ("KGUARDIAN_DATA_DIR", data.Path), ("KGUARDIAN_NODE__MEMORYSHARE", "0.15"));
}
