using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>The real server where it may have less than the machine has.</summary>
public sealed partial class MachineLimitTests
{
    /// <summary>The limit is the slice's, as the service in it has none: half of 2 GiB is the node's, and a quarter of that a query's.</summary>
    [Fact]
    public async Task Node_takes_its_share_of_the_limit_around_its_group()
    {
        Needs.MemoryGroups();
        await using var group = MemoryGroup.Create(2L << 30);
        using var data = new TestDirectory();
        await using var server = await InstalledServer.StartAsync(
            [("KGUARDIAN_DATA_DIR", data.Path), ("KGUARDIAN_NODE__MEMORYSHARE", "0.5")],
            "bash", "-c", "echo $$ > \"$0\" && exec \"$1\"", Path.Combine(group.Inner, "cgroup.procs"), ServerProgram.Path);

        Assert.Contains(
            "<max_server_memory_usage>1073741824</max_server_memory_usage>",
            await File.ReadAllTextAsync(Path.Combine(data.Path, "clickhouse", "config.xml")), StringComparison.Ordinal);
        Assert.Contains(
            "<max_memory_usage>268435456</max_memory_usage>", await File.ReadAllTextAsync(Path.Combine(data.Path, "clickhouse", "users.xml")),
            StringComparison.Ordinal);
        Assert.Matches(@"\[1009\].* may use 1024 MiB of memory, of 2048 MiB that there are by /sys/fs/cgroup/", server.Log);
        Assert.Equal(0, await server.StopAsync());
    }

    /// <summary>The engine alone would count the machine's.</summary>
    [Fact]
    public async Task Queries_use_the_processors_that_the_server_may_use()
    {
        Needs.Programs("taskset");
        using var data = new TestDirectory();
        await using var server = await InstalledServer.StartAsync(
            [("KGUARDIAN_DATA_DIR", data.Path)], "taskset", "--cpu-list", FirstProcessor(), ServerProgram.Path);

        var port = HttpPort().Match(await File.ReadAllTextAsync(Path.Combine(data.Path, "clickhouse", "config.xml"))).Groups[1].Value;
        var password = await File.ReadAllTextAsync(Path.Combine(data.Path, "clickhouse", "readonly.password"));
        using var client = new HttpClient();
        Assert.Equal(
            "1\n",
            await client.GetStringAsync($"http://127.0.0.1:{port}/?user=kguardian_readonly&password={password}&query=SELECT+getSetting('max_threads')"));
        Assert.Equal(0, await server.StopAsync());
    }

    /// <summary>Of those that this process may use: Cpus_allowed_list: 0-1</summary>
    private static string FirstProcessor() =>
        Regex.Match(File.ReadAllText("/proc/self/status"), @"^Cpus_allowed_list:\s+(\d+)", RegexOptions.Multiline).Groups[1].Value;

    [GeneratedRegex(@"<http_port>(\d+)</http_port>")]
    private static partial Regex HttpPort();
}
