using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Server;

namespace KGuardian.Analytics.Tests.Packages;

/// <summary>The guide of deploy/: its commands run, and what it names exists.</summary>
public sealed class GuideTests
{
    private static readonly string Guide = Repository.At("deploy", "README.md");

    [Fact]
    public async Task Commands_run_in_their_order_and_print_what_is_said()
    {
        Needs.Programs("bash", "curl", "setsid", "node");
        var output = await Command.RunAsync(Repository.At("tests", "guides.sh"), Guide, Path.GetDirectoryName(ServerProgram.Path)!);

        Assert.Matches(@"^\d{2,} blocks", output);
    }

    [Fact]
    public async Task Metrics_lines_of_the_log_settings_and_files_that_it_names_exist()
    {
        var guide = await File.ReadAllTextAsync(Guide);
        var sources = string.Join('\n', Directory.GetFiles(Repository.At("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText));

        Assert.All(Named(@"\b(?:kguardian|broker)_[a-z_]+_(?:total|bytes|flows|complete|ready|reachable)\b"), name => Assert.Contains($"\"{name}\"", sources, StringComparison.Ordinal));
        Assert.All(Named(@"`(\w+_total)\b"), name => Assert.Contains($"\"kguardian_{name.Replace("kguardian_", "", StringComparison.Ordinal)}\"", sources, StringComparison.Ordinal));
        Assert.All(Named(@"(?:\blog(?: line)? |\| `)(1\d{3})\b"), id => Assert.Single(Regex.Matches(sources, $@"LoggerMessage\((EventId = )?{id}\b")));
        // What the guide says of a number is what the line begins with.
        var said = Regex.Matches(guide, @"(?:\| `(1\d{3}) |\blog (1\d{3}) `)([A-Z]\w* \w+)");
        Assert.True(said.Count >= 4, $"{said.Count} lines are quoted");
        Assert.All(said, line => Assert.Matches($@"LoggerMessage\({line.Groups[1]}{line.Groups[2]},[^""]*""{line.Groups[3]}\b", sources));
        Assert.All(Named(@"`((?:ClickHouse|Ingest|Query|Node|Storage|Dedup|Retention|Shutdown):[A-Z]\w+)"), name => Assert.Contains($"\"{name}\"", sources, StringComparison.Ordinal));
        Assert.All(Named(@"\]\(([a-z./-][^)#]*)\)"), path => Assert.True(Path.Exists(Repository.At("deploy", path)), path));

        IEnumerable<string> Named(string pattern)
        {
            var names = Regex.Matches(guide, pattern).Select(match => match.Groups[^1].Value).ToArray();
            Assert.NotEmpty(names);
            return names;
        }
    }
}
