using System.Text.RegularExpressions;
using KGuardian.Analytics.Server.Commands;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>What the program says about its verbs, and about mistakes.</summary>
public sealed partial class HelpTests
{
    /// <summary>Stands for the options of all verbs that ask a server.</summary>
    private const string ServerOptions = "server";

    private static readonly string[] OptionsOfServer = ["--server <url>", "--token-file <file>", "--ca-file <file>", "--profile <name>"];

    [Theory]
    [InlineData("serve", "--check")]
    [InlineData("check", "--json")]
    [InlineData("backup", "--to <place>", "--full", "--list", "--verify", ServerOptions, "--json")]
    [InlineData("restore", "--from <backup> (REQUIRED)", "--replace", "--json")]
    [InlineData("doctor", ServerOptions, "--json")]
    [InlineData("clock", "--confirm", ServerOptions, "--json")]
    [InlineData("healthcheck", "--url <http://host:port>")]
    [InlineData(
        "flows", "--from <time>", "--to <time>", "--filter <text>", "--fields <a,b>", "--limit <rows>", "--oldest", "--cursor <next>", "--all", "--json",
        ServerOptions)]
    [InlineData(
        "tail", "--since <time>", "--filter <text>", "--fields <a,b>", "--limit <rows>", "--wait <seconds>", "--json",
        ServerOptions)]
    [InlineData(
        "top", "--from <time>", "--to <time>", "--filter <text>", "--by <a,b>", "--metric <flows|observations>", "--limit <rows>", "--every <seconds>",
        "--once", "--json", ServerOptions)]
    [InlineData(
        "export", "--from <time>", "--to <time>", "--filter <text>", "--format <csv|json|ndjson|arrow|parquet>", "--fields <a,b>",
        "--part <day|hour|rows|size>", "--anonymise-key-file <file>", "--wait <seconds>", "--verify", "--json", ServerOptions)]
    [InlineData("anonymise", "--key-file <file>", "--new-key <file>", "--format <csv|json|ndjson>")]
    [InlineData("retention", "--days <days>", "--apply", "--json", ServerOptions)]
    [InlineData("policy check", "--namespace <name>", "--json")]
    [InlineData(
        "import", "--map <pod_name=src_pod,...>", "--dialect <name>", ServerOptions, "--state <file>",
        "--rejects <file>", "--keep-age", "--rate <rows>", "--wait <seconds>", "--anew", "--json")]
    [InlineData(
        "import postgres", "--from <url> (REQUIRED)", "--table <name>", ServerOptions, "--state <file>",
        "--rejects <file>", "--keep-age", "--rate <rows>", "--wait <seconds>", "--anew", "--json")]
    public async Task Help_of_a_verb_lists_every_option_and_has_examples(string name, params string[] options)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync([.. name.Split(' '), "--help"]);

        Assert.Equal((0, ""), (exitCode, error));
        // What a user can type is said here, too: not only taken from where the help takes it.
        Assert.Equal(
            [.. options.SelectMany(option => option == ServerOptions ? OptionsOfServer : [option]), "-?, -h, --help"],
            OptionLine().Matches(output).Select(match => match.Groups[1].Value));
        var verb = Assert.IsAssignableFrom<Verb>(
            name.Split(' ').Aggregate(
                (System.CommandLine.Command)CommandLine.Create(), (command, part) => command.Subcommands.Single(verb => verb.Name == part)));
        Assert.All(verb.Options, option =>
        {
            Assert.Contains(option.Name, output, StringComparison.Ordinal);
            Assert.NotEmpty(option.Description!);
            Assert.Contains(option.Description!, Regex.Replace(output, @"\s+", " "), StringComparison.Ordinal);
        });
        Assert.Contains(verb.Description!, Regex.Replace(output, @"\s+", " "), StringComparison.Ordinal);
        Assert.Contains($"Examples:\n  kguardian-analytics {(name == "serve" ? "" : name)}", output, StringComparison.Ordinal);
        Assert.Equal(output, (await ServerProgram.RunAsync(["help", .. name.Split(' ')])).Output);
    }

    [Fact]
    public async Task Help_of_the_program_lists_every_verb_and_the_exit_codes()
    {
        var (_, output, _) = await ServerProgram.RunAsync(["--help"]);

        var commands = output[output.IndexOf("\nCommands:\n", StringComparison.Ordinal)..];
        Assert.Equal(
            ["serve", "check", "backup", "restore", "doctor", "clock", "healthcheck", "flows", "count", "edges", "top", "tail", "export", "anonymise",
            "retention", "check-agent", "policy", "import", "completion", "man"],
            VerbLine().Matches(commands).Select(match => match.Groups[1].Value));
        Assert.Contains("Exit codes: 0", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("did you mean backup?", "bakcup")]
    [InlineData("did you mean doctor?", "docter", "--json")]
    [InlineData("did you mean --full?", "backup", "--ful")]
    [InlineData("did you mean --server?", "backup", "--sever=http://localhost:1")]
    [InlineData("did you mean --json?", "check", "--jsn")]
    [InlineData("'now' is no argument of 'doctor'", "doctor", "now")]
    [InlineData("--from", "restore")]
    [InlineData("--to", "backup", "--to")]
    [InlineData("--server 'nowhere'", "doctor", "--server", "nowhere")]
    [InlineData("--token-file = '/nowhere/token'", "doctor", "--server", "http://localhost:1", "--token-file", "/nowhere/token")]
    [InlineData("is no place for backups", "backup", "--to", "S3('not a url', 'key', 'very-secret')")]
    [InlineData("is no place for backups", "restore", "--from", "File('a', 'b')")]
    [InlineData("there is no such setting", "doctor", "--Ingest:Nothing=1")]
    [InlineData("See 'kguardian-analytics policy --help'", "policy")]
    [InlineData("See 'kguardian-analytics policy check --help'", "policy", "check")]
    [InlineData("'--namespac' is no option of 'policy check'", "policy", "check", "--namespac", "-")]
    public async Task Mistake_exits_2_with_one_line_that_names_it(string said, params string[] args)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(args);

        Assert.True(exitCode == 2, $"exit code {exitCode}: {error}");
        Assert.Equal("", output);
        Assert.StartsWith("kguardian-analytics: ", error, StringComparison.Ordinal);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain("very-secret", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_prints_settings_under_their_names_and_the_same_as_JSON()
    {
        var (exitCode, lines, error) = await ServerProgram.RunAsync(["check", "--Retention:Days=7"], ("BROKER_AUTH_TOKEN", "secret-token"));
        var json = await ServerProgram.RunAsync(["check", "--json", "--Retention:Days=7"], ("BROKER_AUTH_TOKEN", "secret-token"));
        var option = await ServerProgram.RunAsync(["serve", "--check", "--Retention:Days=7"], ("BROKER_AUTH_TOKEN", "secret-token"));

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("\nRetention:Days = 7\n", lines, StringComparison.Ordinal);
        Assert.Contains("BROKER_AUTH_TOKEN = ********\n", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", lines, StringComparison.Ordinal);
        Assert.Equal(option, json);
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("backup")]
    public async Task Command_without_a_store_exits_1_and_makes_none(string verb)
    {
        var path = Path.Combine(Path.GetTempPath(), $"kguardian-none-{Guid.NewGuid():N}");

        var (exitCode, output, error) = await ServerProgram.RunAsync([verb], ("KGUARDIAN_DATA_DIR", path));

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains($"there is no store in KGUARDIAN_DATA_DIR = '{path}'", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(path));
    }

    /// <summary>An option with what it takes: its description begins two spaces behind.</summary>
    [GeneratedRegex(@"^  (-\S.*?)  +\S", RegexOptions.Multiline)]
    private static partial Regex OptionLine();

    [GeneratedRegex(@"^  ([a-z-]+)(?: <[a-z|]+>)?  +\S", RegexOptions.Multiline)]
    private static partial Regex VerbLine();
}
