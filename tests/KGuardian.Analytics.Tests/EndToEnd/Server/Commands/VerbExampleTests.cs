using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>What the help of a verb shows can be typed; and what shells and manuals are made of it.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class VerbExampleTests(RemoteServer server) : IDisposable
{
    /// <summary>What is typed behind the program's name, and what its last word becomes.</summary>
    private static readonly (string Typed, string Completed)[] Completions =
        [("ta", "tail"), ("retention --da", "--days"), ("export --format pa", "parquet"), ("policy re", "replay")];

    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData("flows", 4)]
    [InlineData("count", 2)]
    [InlineData("edges", 3)]
    [InlineData("top", 3)]
    [InlineData("tail", 2)]
    [InlineData("export", 5)]
    [InlineData("anonymise", 3)]
    [InlineData("retention", 3)]
    [InlineData("check-agent", 3)]
    public async Task Examples_of_the_help_run(string verb, int count)
    {
        Needs.Programs("bash", "timeout");
        var (_, help, _) = await ServerProgram.RunAsync([verb, "--help"]);
        var examples = Regex.Matches(help[help.IndexOf("Examples:", StringComparison.Ordinal)..], "^  (kguardian-analytics .*)$", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(count, examples.Length);
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(FlowEvent.Many(pod, 20));
        await File.WriteAllTextAsync(
            Path.Combine(_directory.Path, "flows.csv"), "pod_name,pod_ip\nweb-0,10.0.0.1\n");
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "ingest.token"), "of-nobody");
        await File.WriteAllTextAsync(Path.Combine(_directory.Path, "jq"), "#!/bin/sh\nexec cat >/dev/null\n");
        await Command.RunAsync("chmod", "+x", Path.Combine(_directory.Path, "jq"));

        await using var store = new S3Server();
        if (verb == "export")
        {
            await store.StartAsync();
        }

        foreach (var example in examples)
        {
            var script = example.Replace("http://kguardian-analytics:9090", server.Api.Address.ToString(), StringComparison.Ordinal)
                .Replace("s3://archive/", "s3://bucket/", StringComparison.Ordinal);
            // What has no end is interrupted; what needs a terminal says so, and has a test of its own.
            var (isEndless, needsTerminal) = (
                verb == "tail" && !script.Contains("head", StringComparison.Ordinal), verb == "top" && !Regex.IsMatch(script, "--once|--json"));
            var (exitCode, output) = await Command.TryAsync(
                [
                    ("KGUARDIAN_SERVER", server.Api.Address.ToString()), .. store.Environment,
                    ("PATH", $"{_directory.Path}:{Path.GetDirectoryName(ServerProgram.Path)}:{Environment.GetEnvironmentVariable("PATH")}"),
                ],
                "bash", "-c", $"cd {_directory.Path} && set -o pipefail && {(isEndless ? "timeout --preserve-status -s INT 2 " : "")}{script}");
            Assert.True(exitCode == (needsTerminal ? 2 : 0), $"{example}: {exitCode} {output}");
        }

        if (verb == "retention")
        {
            // The server is others', too.
            Assert.Equal(0, (await RunAsync("retention", "--days", "30", "--apply")).ExitCode);
        }
    }

    [Fact]
    public async Task Check_of_the_agents_way_stores_nothing_but_the_one_flow_that_it_is_told_to_send()
    {
        const string Count = "/api/v1/flows/count?filter=namespace%20=%20kguardian-check-agent";
        var before = await server.Api.GetTextAsync(Count);
        var (exitCode, output, _) = await RunAsync("check-agent");
        Assert.Equal((0, 2), (exitCode, output.Split("ok ").Length - 1));
        Assert.Equal(before, await server.Api.GetTextAsync(Count));

        (exitCode, output, _) = await RunAsync("check-agent", "--send");
        Assert.True(exitCode == 0, output);
        Assert.Equal(
            ["reachable", "takes batches", "accepted", "readable", "in the tail"],
            output.TrimEnd('\n').Split('\n').Select(line => Regex.Match(line, @"^ok +([^:]+):").Groups[1].Value));

        var away = await ServerProgram.RunAsync(["check-agent", "--server", "http://127.0.0.1:1", "--send"]);
        Assert.Equal(4, away.ExitCode);
        Assert.StartsWith("FAILED  reachable: ", away.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retention_is_shown_planned_and_changed()
    {
        Assert.Equal((0, "flows are kept for 30 days\n", ""), await RunAsync("retention"));
        Assert.Equal((0, "if flows were kept for 29 days: nothing would be gone\n", ""), await RunAsync("retention", "--days", "29"));
        try
        {
            Assert.Equal((0, "flows are kept for 31 days from now on: nothing is gone\n", ""), await RunAsync("retention", "--days", "31", "--apply"));
            Assert.Equal("flows are kept for 31 days\n", (await RunAsync("retention")).Output);
        }
        finally
        {
            await RunAsync("retention", "--days", "30", "--apply");
        }

        Assert.Equal(2, (await RunAsync("retention", "--apply")).ExitCode);
        Assert.Equal(2, (await RunAsync("retention", "--days", "0")).ExitCode);
    }

    [Fact]
    public async Task Bash_completes_verbs_options_and_values()
    {
        Needs.Programs("bash");
        var script = Path.Combine(_directory.Path, "completion.bash");
        await File.WriteAllTextAsync(script, (await ServerProgram.RunAsync(["completion", "bash"])).Output);

        Assert.Equal("tail", await CompleteAsync("kguardian-analytics ta"));
        Assert.Equal("--format", await CompleteAsync("kguardian-analytics export --fo"));
        Assert.Equal("parquet", await CompleteAsync("kguardian-analytics export --format pa"));
        Assert.Equal("replay", await CompleteAsync("kguardian-analytics policy re"));

        async Task<string> CompleteAsync(string line) => (await Command.RunAsync(
            "bash", "-c",
            $"PATH={Path.GetDirectoryName(ServerProgram.Path)}:$PATH; source {script}; COMP_LINE='{line}'; COMP_POINT=${{#COMP_LINE}}; "
            + "read -ra COMP_WORDS <<<\"$COMP_LINE\"; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _kguardian_analytics; echo \"${COMPREPLY[*]}\"")).Trim();
    }

    [Fact]
    public async Task Zsh_completes_as_it_is_typed()
    {
        Needs.Programs("zsh", "tmux", "stty");
        await File.WriteAllTextAsync(
            Path.Combine(_directory.Path, ".zshrc"),
            $"PATH={Path.GetDirectoryName(ServerProgram.Path)}:$PATH\nautoload -Uz compinit && compinit -u -d {_directory.Path}/dump\n"
                + $"source <({ServerProgram.Path} completion zsh)\nPS1='ready> '\n");
        await using var terminal = await TerminalProgram.StartAsync(_directory.Path, 120, 20, $"ZDOTDIR={_directory.Path} zsh -d -i");
        await terminal.SeeAsync("zsh", screen => screen.Contains("ready>", StringComparison.Ordinal));

        foreach (var (typed, completed) in Completions)
        {
            var line = $"kguardian-analytics {typed[..(typed.LastIndexOf(' ') + 1)]}{completed}";
            await terminal.PressAsync($"kguardian-analytics {typed}", "Tab");
            await terminal.SeeAsync($"zsh-{completed}", screen => screen.Contains(line, StringComparison.Ordinal));
            await terminal.PressAsync("C-u");
        }
    }

    [Fact]
    public async Task Fish_completes_verbs_options_and_values()
    {
        Needs.Programs("fish");
        var script = Path.Combine(_directory.Path, "completion.fish");
        await File.WriteAllTextAsync(script, (await ServerProgram.RunAsync(["completion", "fish"])).Output);

        foreach (var (typed, completed) in Completions)
        {
            var (exitCode, found) = await Command.TryAsync(
                [("HOME", _directory.Path), ("PATH", $"{Path.GetDirectoryName(ServerProgram.Path)}:{Environment.GetEnvironmentVariable("PATH")}")],
                "fish", "--no-config", "-c", $"source {script}; complete -C 'kguardian-analytics {typed}'");
            Assert.Equal((0, completed), (exitCode, found.TrimEnd('\n')));
        }
    }

    [Fact]
    public async Task Manual_page_has_every_verb_and_troff_reads_it()
    {
        var (exitCode, page, _) = await ServerProgram.RunAsync(["man"]);

        Assert.Equal(0, exitCode);
        Assert.All(
            ["export", "anonymise", "policy replay", "import postgres"], verb => Assert.Contains($"\n.SS {verb}\n", page, StringComparison.Ordinal));
        Needs.Programs("groff");
        var file = Path.Combine(_directory.Path, "page.1");
        await File.WriteAllTextAsync(file, page);
        var (rendered, complaints) = await Command.TryAsync([], "bash", "-c", $"groff -man -ww -Tascii {file} 2>&1 >/dev/null");
        Assert.Equal((0, ""), (rendered, complaints));
    }

    public void Dispose() => _directory.Dispose();

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        ServerProgram.RunAsync([.. arguments, "--server", server.Api.Address.ToString()]);
}
