using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The ClickHouse users that secrets.sh writes for compose.yaml, taken by the engine itself.</summary>
public sealed class ComposeUsersTests
{
    [Fact]
    public async Task Server_s_user_may_do_everything_and_Grafana_s_reads_its_views_within_limits()
    {
        using var directory = new TestDirectory();
        var secrets = Path.Combine(directory.Path, "secrets");
        await Command.RunAsync(Repository.At("deploy", "compose", "secrets.sh"), secrets);
        var port = WriteConfiguration(directory.Path, XDocument.Load(Path.Combine(secrets, "clickhouse_users.xml")));
        using var node = Process.Start(ServerProgram.Command(
            ["clickhouse-node", $"--config-file={directory.Path}/config.xml", $"--path={directory.Path}/store"], []))!;
        // Read, or the pipe is full one day.
        var errors = node.StandardError.ReadToEndAsync();
        try
        {
            var server = User("kguardian", "clickhouse_password");
            var grafana = User("kguardian_grafana", "clickhouse_grafana_password");
            await Patience.UntilAsync("the node answers", async () =>
            {
                Assert.False(node.HasExited, node.HasExited ? await errors : "");
                try
                {
                    return await Sql.RunAsync(server, "SELECT 1") == "1";
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            });

            await Sql.RunAsync(server, "CREATE DATABASE kguardian");
            await Sql.RunAsync(server, "CREATE TABLE kguardian.traffic (a UInt8) ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a");
            await Sql.RunAsync(server, "CREATE VIEW kguardian.flows DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT a FROM kguardian.traffic");

            Assert.Equal("7", await Sql.RunAsync(grafana, "SELECT a FROM kguardian.flows"));
            await Sql.RefusalAsync(grafana, "SELECT a FROM kguardian.traffic");
            await Sql.RefusalAsync(grafana, "INSERT INTO kguardian.traffic VALUES (8)");
            await Sql.RefusalAsync(grafana, "SELECT a FROM kguardian.flows SETTINGS max_execution_time = 3600");
            await Sql.RefusalAsync(User("kguardian_grafana", "clickhouse_password"), "SELECT 1");
        }
        finally
        {
            node.Kill();
            await node.WaitForExitAsync();
        }

        ClickHouseEndpoint User(string name, string secret) =>
            new(new Uri($"http://127.0.0.1:{port}"), name, File.ReadAllText(Path.Combine(secrets, secret)).Trim());
    }

    /// <summary>What Grafana's user may, and its limits, are those of the same user of another ClickHouse server.</summary>
    [Fact]
    public async Task Grafana_s_user_is_the_one_of_deploy_clickhouse()
    {
        using var secrets = new TestDirectory();
        await Command.RunAsync(Repository.At("deploy", "compose", "secrets.sh"), secrets.Path);
        var xml = XDocument.Load(Path.Combine(secrets.Path, "clickhouse_users.xml")).Root!;
        var sql = await File.ReadAllTextAsync(Repository.At("deploy", "clickhouse", "grafana-user.sql"));

        var limits = xml.Element("profiles")!.Element("kguardian_grafana")!.Elements()
            .Where(setting => setting.Name != "constraints")
            .Select(setting => (setting.Name.LocalName, setting.Value));
        Assert.Equal(
            Regex.Matches(sql, @"^ +(\w+) = (\d+)", RegexOptions.Multiline)
                .Select(setting => (setting.Groups[1].Value, setting.Groups[2].Value)),
            limits);
        var views = xml.Element("users")!.Element("kguardian_grafana")!.Descendants("query").Select(grant => grant.Value);
        Assert.Equal(DashboardViews.Names.Select(view => $"GRANT SELECT ON kguardian.{view}"), views);
    }

    /// <summary>clickhouse-local needs its own user "default", which the file removes, and takes no directory of such files.</summary>
    private static int WriteConfiguration(string folder, XDocument users)
    {
        var port = FixedPort.Choose();
        var all = users.Root!.Element("users")!;
        all.Element("default")!.Remove();
        all.Add(XElement.Parse("""
            <default><password/><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>
            <grants><query>GRANT SYSTEM LISTEN ON *.*</query><query>GRANT SELECT ON system.numbers</query></grants></default>
            """));
        users.Root.Element("profiles")!.Add(new XElement("default"));
        users.Root.Add(new XElement("quotas", new XElement("default")));
        users.Save(Path.Combine(folder, "users.xml"));
        new XDocument(new XElement("clickhouse",
            new XElement("listen_host", "127.0.0.1"), new XElement("http_port", port), new XElement("users_config", Path.Combine(folder, "users.xml")),
            new XElement("max_server_memory_usage", 1_000_000_000))).Save(Path.Combine(folder, "config.xml"));
        return port;
    }
}
