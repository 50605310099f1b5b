using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.EndToEnd.Server.Import;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The guides: their commands run, and what they name exists.</summary>
public sealed class GuideTests
{
    private static readonly string Guide = Repository.At("deploy", "README.md");

    [Theory]
    [InlineData("README.md", "--serve", 3)]
    [InlineData("deploy/api.md", "--serve", 7)]
    [InlineData("deploy/README.md", "", 10)]
    [InlineData("deploy/terminal.md", "--serve", 6)]
    public async Task Commands_run_in_their_order_and_print_what_is_said(string guide, string mode, int blocks)
    {
        Needs.Programs("bash", "curl", "setsid", "node");
        var output = await Command.RunAsync(Repository.At("tests", "guides.sh"), Repository.At(guide), Path.GetDirectoryName(ServerProgram.Path)!, mode);

        Assert.InRange(int.Parse(Regex.Match(output, @"^(\d+) blocks").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), blocks, 99);
    }

    [Fact]
    public async Task Move_of_a_brokers_data_runs_as_it_is_written()
    {
        Needs.Programs("bash", "curl", "setsid", "node", "psql");
        await using var postgres = new PostgresCluster();
        await postgres.InitializeAsync();
        Assert.SkipWhen(postgres.Missing is not null, postgres.Missing ?? "");
        // Of 31 days and more, a flow in ten twice.
        var database = await postgres.CreateAsync(
            BrokerRows.Traffic,
            "INSERT INTO pod_traffic SELECT gen_random_uuid()::text, 'pod-' || i % 50, 'shop', '10.1.0.' || i % 50, '8080', 'TCP', 'INGRESS', "
                + "'10.2.' || i / 250 || '.' || i % 250, '0', 'ALLOW', now() at time zone 'UTC' - i * interval '30 minutes' FROM generate_series(1, 2000) i",
            "INSERT INTO pod_traffic SELECT gen_random_uuid()::text, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, "
                + "traffic_in_out_port, decision, time_stamp + interval '1 minute' FROM pod_traffic ORDER BY time_stamp DESC LIMIT 200");

        var (exitCode, output) = await Command.TryAsync(
            [("DATABASE_URL", postgres.UrlOf(database))], Repository.At("tests", "guides.sh"), Repository.At("deploy", "migrate.md"),
            Path.GetDirectoryName(ServerProgram.Path)!);

        Assert.True(exitCode == 0, output);
        Assert.Matches(@"^(7|8|9) blocks", output);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("deploy/README.md")]
    [InlineData("deploy/api.md")]
    [InlineData("deploy/guarantees.md")]
    [InlineData("deploy/migrate.md")]
    [InlineData("deploy/terminal.md")]
    [InlineData("deploy/cluster.md")]
    [InlineData("schema/README.md")]
    [InlineData("src/README.md")]
    [InlineData("tests/README.md")]
    [InlineData("bench/README.md")]
    public async Task Files_that_a_guide_links_to_exist(string guide)
    {
        var links = Regex.Matches(await File.ReadAllTextAsync(Repository.At(guide)), @"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")
            .Select(match => match.Groups[1].Value).ToArray();

        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(Repository.At(guide))!, link)), $"{guide}: {link}"));
    }

    [Fact]
    public async Task Metrics_lines_of_the_log_settings_and_files_that_it_names_exist()
    {
        var guide = await File.ReadAllTextAsync(Guide);
        var sources = string.Join('\n', Directory.GetFiles(Repository.At("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));

        Assert.All(
            Named(@"\b(?:kguardian|broker)_[a-z_]+_(?:total|bytes|flows|complete|ready|reachable)\b"),
            name => Assert.Contains($"\"{name}\"", sources, StringComparison.Ordinal));
        Assert.All(
            Named(@"`(\w+_total)\b"),
            name => Assert.Contains($"\"kguardian_{name.Replace("kguardian_", "", StringComparison.Ordinal)}\"", sources, StringComparison.Ordinal));
        Assert.All(Named(@"(?:\blog(?: line)? |\| `)(1\d{3})\b"), id => Assert.Single(Regex.Matches(sources, $@"LoggerMessage\((EventId = )?{id}\b")));
        // What the guide says of a number is what the line begins with.
        var said = Regex.Matches(guide, @"(?:\| `(1\d{3}) |\blog (1\d{3}) `)([A-Z]\w* \w+)");
        Assert.True(said.Count >= 4, $"{said.Count} lines are quoted");
        Assert.All(said, line => Assert.Matches($@"LoggerMessage\({line.Groups[1]}{line.Groups[2]},[^""]*""{line.Groups[3]}\b", sources));
        Assert.All(
            Named(@"`((?:ClickHouse|Ingest|Query|Node|Storage|Dedup|Retention|Shutdown|Inventory|Verdicts|Upstream):[A-Z]\w+)"),
            name => Assert.Contains($"\"{name}\"", sources, StringComparison.Ordinal));
        Assert.All(Named(@"\]\(([a-z./-][^)#]*)\)"), path => Assert.True(Path.Exists(Repository.At("deploy", path)), path));

        IEnumerable<string> Named(string pattern)
        {
            var names = Regex.Matches(guide, pattern).Select(match => match.Groups[^1].Value).ToArray();
            Assert.NotEmpty(names);
            return names;
        }
    }
}
