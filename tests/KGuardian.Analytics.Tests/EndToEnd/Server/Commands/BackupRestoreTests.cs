using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>Backups and restores of stores with a node of their own, as an operator makes them: by commands, with the server running and stopped.</summary>
public sealed class BackupRestoreTests : IDisposable
{
    /// <summary>What clients ask: a restored store has to answer the same bytes.</summary>
    private static readonly string[] Questions =
    [
        "/pod/traffic", "/pod/traffic?limit=50", "/pod/traffic/prometheus-k8s-1?namespace=openshift-monitoring",
        "/api/v1/flows?from=2024-02-15&to=2024-02-16&limit=1000", "/api/v1/flows/count?from=2020-01-01&to=2030-01-01",
        "/api/v1/flows/top?from=2020-01-01&to=2030-01-01&by=namespace,decision&metric=observations",
    ];

    private readonly TestDirectory _source = new();
    private readonly TestDirectory _target = new();
    private readonly TestDirectory _backups = new();

    public void Dispose()
    {
        _source.Dispose();
        _target.Dispose();
        _backups.Dispose();
    }

    [Fact]
    public async Task Chain_made_of_a_running_server_restores_to_the_same_answers_in_another_place()
    {
        string[] answers;
        string restoredFrom;
        await using (var server = await StartAsync(_source, ("KGUARDIAN_NODE__BACKUPDIRECTORY", _backups.Path)))
        {
            await server.Api.PostBatchAsync(RealFlows.Events);
            await server.Api.PostBatchAsync(RealFlows.Events);
            var full = await BackupAsync(_source, "--to", _backups.Path);
            await server.Api.PostBatchAsync(FlowEvent.Many("chain", 500));
            var second = await BackupAsync(_source);
            await server.Api.PostBatchAsync([.. FlowEvent.Many("chain", 600)]);
            var third = await BackupAsync(_source);

            Assert.Equal((104, null), (full.GetProperty("flows").GetInt64(), full.GetProperty("base").GetString()));
            Assert.Equal((604, full.GetProperty("name").GetString()), (second.GetProperty("flows").GetInt64(), second.GetProperty("base").GetString()));
            Assert.Equal((704, second.GetProperty("name").GetString()), (third.GetProperty("flows").GetInt64(), third.GetProperty("base").GetString()));
            answers = await AskAsync(server);
            restoredFrom = third.GetProperty("name").GetString()!;
            var list = await RunAsync(_source, "backup", "--list");
            Assert.Equal(3, list.Output.TrimEnd('\n').Split('\n').Length);
            Assert.Contains("\"activity_code\":\"backup.create\"", await server.Api.GetTextAsync("/api/events/audit"), StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync());
        }

        // To another disk, under another name: what a backup builds on is found beside it.
        var moved = Path.Combine(_target.Path, "moved");
        Directory.Move(_backups.Path, moved);
        Directory.CreateDirectory(_backups.Path);
        var restored = await RunAsync(_target, "restore", "--from", moved);

        Assert.True(restored.ExitCode == 0, restored.Error);
        Assert.Contains(restoredFrom, restored.Output, StringComparison.Ordinal);
        Assert.Contains("704 flows", restored.Output, StringComparison.Ordinal);
        await using var again = await StartAsync(_target);
        Assert.Equal(answers, await AskAsync(again));
        Assert.Equal(0, await again.Api.PostBatchAsync(RealFlows.Events));
        Assert.Equal(1, await again.Api.PostBatchAsync(FlowEvent.Many("chain", 601)));
        Assert.Contains("\"activity_code\":\"store.restore\"", await again.Api.GetTextAsync("/api/events/audit"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_of_a_killed_server_has_what_only_its_journal_held()
    {
        await using (var server = await StartAsync(_source, ("KGUARDIAN_INGEST__LOADINTERVAL", "01:00:00")))
        {
            Assert.Equal(300, await server.Api.PostBatchAsync(FlowEvent.Many("journal", 300)));
            await server.KillAsync();
        }

        var made = await BackupAsync(_source, "--to", _backups.Path, "--verify");
        Assert.Equal(300, made.GetProperty("flows").GetInt64());

        var restored = await RunAsync(_target, "restore", "--from", _backups.Path, "--json");
        Assert.Equal(300, JsonDocument.Parse(restored.Output).RootElement.GetProperty("flows").GetInt64());
        await using var again = await StartAsync(_target);
        Assert.Equal(300, (await again.Api.GetPodAsync("journal")).Length);
    }

    [Fact]
    public async Task Backup_under_load_has_everything_acknowledged_before_it()
    {
        await using (var server = await StartAsync(_source))
        {
            await using var load = new FlowLoad(server.Api, clients: 4);
            await load.GrowAsync(2000);
            var acknowledged = load.Acknowledged;
            var made = await BackupAsync(_source);
            Assert.InRange(made.GetProperty("flows").GetInt64(), acknowledged, long.MaxValue);
            await load.EndAsync();
            await load.AssertStoredAsync(server.Api, exact: true);
            Assert.Equal(0, await server.StopAsync());
        }

        var restored = await RunAsync(_source, "restore", "--from", Path.Combine(_source.Path, "clickhouse", "backups"), "--replace");
        Assert.True(restored.ExitCode == 0, restored.Error);
    }

    [Fact]
    public async Task Restore_over_a_store_needs_to_be_told_and_brings_back_neither_newer_flows_nor_their_journal()
    {
        await using (var server = await StartAsync(_source))
        {
            await server.Api.PostBatchAsync(RealFlows.Events);
            await BackupAsync(_source, "--full");
            Assert.Equal(50, await server.Api.PostBatchAsync(FlowEvent.Many("newer", 50)));
            var busy = await RunAsync(_source, "restore", "--from", "nothing", "--replace");
            Assert.Equal(1, busy.ExitCode);
            Assert.Contains("stop it, restore, and start it again", busy.Error, StringComparison.Ordinal);
            await server.KillAsync();
        }

        var backup = Directory.GetDirectories(Path.Combine(_source.Path, "clickhouse", "backups")).Single();
        var refused = await RunAsync(_source, "restore", "--from", backup);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--replace", refused.Error, StringComparison.Ordinal);

        var restored = await RunAsync(_source, "restore", "--from", Path.GetFileName(backup), "--replace");
        Assert.True(restored.ExitCode == 0, restored.Error);
        await using var again = await StartAsync(_source);
        Assert.Equal(104, (await again.Api.GetRowsAsync("/pod/traffic")).Length);
        Assert.Equal(104, await again.Api.GetMetricAsync("kguardian_dedup_known_flows"));
        Assert.Equal(50, await again.Api.PostBatchAsync(FlowEvent.Many("newer", 50)));
    }

    [Fact]
    public async Task Backup_whose_base_was_deleted_becomes_a_full_one()
    {
        await using var server = await StartAsync(_source);
        await server.Api.PostBatchAsync(RealFlows.Events);
        var first = await BackupAsync(_source);
        Directory.Delete(Path.Combine(_source.Path, "clickhouse", "backups", first.GetProperty("name").GetString()!), recursive: true);

        var second = await BackupAsync(_source);

        Assert.Null(second.GetProperty("base").GetString());
        Assert.EndsWith("-full", second.GetProperty("name").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Running_node_may_write_to_its_directory_only_and_says_which()
    {
        await using var server = await StartAsync(_source);

        var refused = await RunAsync(_source, "backup", "--to", _backups.Path);

        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("Node:BackupDirectory", refused.Error, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_source.Path, "clickhouse", "backups"), refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_needs_the_role_admin_and_finds_its_token_in_settings_or_a_file()
    {
        var admin = Path.Combine(_backups.Path, "admin.token");
        await File.WriteAllTextAsync(admin, "admin-token\n");
        await using var server = await StartAsync(_source, ("BROKER_AUTH_TOKEN", "all-token"), ("KGUARDIAN_AUTH__ADMINTOKENFILE", admin));
        var address = server.Api.Address.ToString();

        var without = await RunAsync(_source, "backup");
        var byFile = await RunAsync(_target, "backup", "--server", address, "--token-file", admin);
        var bySetting = await ServerProgram.RunAsync(["backup", "--full"], ("KGUARDIAN_DATA_DIR", _source.Path), ("BROKER_AUTH_TOKEN", "all-token"));

        Assert.Equal(2, without.ExitCode);
        Assert.Contains("--token-file", without.Error, StringComparison.Ordinal);
        Assert.True(byFile.ExitCode == 0, byFile.Error);
        Assert.True(bySetting.ExitCode == 0, bySetting.Error);
        Assert.DoesNotContain("-token", byFile.Output + bySetting.Output, StringComparison.Ordinal);
    }

    private static async Task<string[]> AskAsync(ServerProcess server)
    {
        var answers = new List<string>();
        foreach (var question in Questions)
        {
            answers.Add(await server.Api.GetTextAsync(question));
        }

        return [.. answers];
    }

    private static async Task<ServerProcess> StartAsync(TestDirectory data, params (string, string)[] settings)
    {
        // Activity is counted in the answers.
        var server = await ServerProcess.StartAsync(data.Path, [("KGUARDIAN_INGEST__ACTIVITYINTERVAL", "00:00:00.100"), .. settings]);
        return server;
    }

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(TestDirectory data, params string[] args) =>
        ServerProgram.RunAsync(args, ("KGUARDIAN_DATA_DIR", data.Path), ("KGUARDIAN_NODE__MEMORYSHARE", "0.15"));

    private static async Task<JsonElement> BackupAsync(TestDirectory data, params string[] args)
    {
        var (exitCode, output, error) = await RunAsync(data, ["backup", "--json", .. args]);
        Assert.True(exitCode == 0, $"{exitCode}: {error}");
        return JsonDocument.Parse(output).RootElement;
    }
}
