using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>The verbs that show flows: a page, counts, edges, the strongest, and new ones as they arrive.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class FlowVerbTests(RemoteServer server)
{
    private const string Hostile = "evil\u001b]0;gone\u0007\u202E";
    private static readonly string[] Window = ["--from", "2024-02-15", "--to", "2024-02-16"];

    [Fact]
    public async Task Page_is_a_table_and_goes_on_behind_its_cursor()
    {
        string[] flows = ["flows", .. Window, "--fields", "time_stamp,pod_name"];
        var first = await RunAsync([.. flows, "--limit", "60"]);
        var cursor = first.Error.Trim().Split(' ')[^1];
        var rest = await RunAsync([.. flows, "--limit", "60", "--cursor", cursor]);
        var json = JsonNode.Parse((await RunAsync([.. flows, "--limit", "200", "--json"])).Output)!["data"]!.AsArray();

        Assert.StartsWith("there are more: --cursor ", first.Error, StringComparison.Ordinal);
        Assert.Equal((0, 0, ""), (first.ExitCode, rest.ExitCode, rest.Error));
        Assert.Equal(104, json.Count);
        Assert.Equal(
            json.Select(row => $"{row!["time_stamp"]} {row["pod_name"]}"), Rows(first.Output).Concat(Rows(rest.Output)).Select(row => string.Join(' ', row)));
        Assert.Equal(["TIME_STAMP", "POD_NAME"], first.Output.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task All_flows_come_as_lines()
    {
        var json = await RunAsync("flows", [.. Window, "--all", "--json", "--fields", "uuid,pod_name"]);
        var lines = await RunAsync("flows", [.. Window, "--all", "--oldest"]);
        var exported = await ServerProgram.RunAsync(["export", "-", .. Window, "--server", server.Api.Address.ToString()]);

        Assert.Equal((0, "", 0, ""), (json.ExitCode, json.Error, lines.ExitCode, lines.Error));
        Assert.Equal(Uuids(exported.Output).Order(), Uuids(json.Output).Order());
        Assert.Equal(104, lines.Output.TrimEnd('\n').Split('\n').Length);
        Assert.Equal(
            exported.Output.TrimEnd('\n').Split('\n').Select(row => (string?)JsonNode.Parse(row)!["time_stamp"]),
            lines.Output.TrimEnd('\n').Split('\n').Select(line => line.Split(' ')[0]));

        static IEnumerable<string?> Uuids(string rows) => rows.TrimEnd('\n').Split('\n').Select(row => (string?)JsonNode.Parse(row)!["uuid"]);
    }

    [Fact]
    public async Task Counts_edges_and_the_strongest_are_the_servers()
    {
        var count = await RunAsync("count", [.. Window, "--filter", "decision = DROP"]);
        var fast = await RunAsync("count", [.. Window, "--fast"]);
        var top = await RunAsync("top", [.. Window, "--once", "--by", "decision"]);
        var edges = await RunAsync("edges", [.. Window, "--by", "namespace", "--limit", "1"]);
        var json = await RunAsync("edges", [.. Window, "--by", "namespace", "--limit", "1", "--json"]);

        Assert.Equal((0, "27\n"), (count.ExitCode, count.Output));
        Assert.Matches(@"^\d+ to \d+\n$|^104\n$", fast.Output);
        Assert.Equal([["ALLOW", "77"], ["DROP", "27"]], Rows(top.Output));
        Assert.Equal(JsonNode.Parse(json.Output)!["data"]![0]!.AsObject().Select(member => member.Value!.ToString()), Rows(edges.Output).Single());
        Assert.Equal("there are more: --limit\n", edges.Error);
    }

    [Theory]
    [InlineData(2, "did you mean pod_name?", "count", "--filter", "pod_nam = x")]
    [InlineData(2, "--limit 0 must be from 1 to 1000", "flows", "--limit", "0")]
    [InlineData(2, "--all goes with", "flows", "--all", "--limit", "5")]
    [InlineData(2, "cursor", "flows", "--cursor", "x")]
    [InlineData(2, "--once prints a table", "top")]
    [InlineData(2, "--fields goes with --json", "tail", "--fields", "pod_name")]
    [InlineData(2, "asks for names", "tail", "--filter", "workload = x")]
    [InlineData(2, "from = '2999-01-01'", "tail", "--since", "2999-01-01")]
    public async Task What_is_wrong_is_one_line_of_the_servers_words(int exitCode, string said, params string[] arguments)
    {
        var answer = await RunAsync(arguments);

        Assert.Equal((exitCode, ""), (answer.ExitCode, answer.Output));
        Assert.Contains(said, answer.Error, StringComparison.Ordinal);
        Assert.Single(answer.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Nothing_found_says_the_window_and_is_no_failure()
    {
        var answer = await RunAsync("flows", ["--from", "2020-01-01", "--to", "2020-01-02"]);

        Assert.Equal((0, "", "nothing from 2020-01-01T00:00:00.000000Z to 2020-01-02T00:00:00.000000Z\n"), answer);
    }

    [Fact]
    public async Task No_text_of_a_flow_reaches_a_terminal_as_a_command_to_it()
    {
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1) with { PodNamespace = Hostile }]);
        var from = FlowEvent.Of(pod, 1).TimeStamp!;

        var page = await RunAsync("flows", ["--filter", $"pod = {pod}", "--from", from[..10], "--fields", "pod_namespace,pod_name"]);
        var tail = await RunAsync("tail", ["--filter", $"pod = {pod}", "--since", "-1h", "--limit", "1"]);

        Assert.Equal($"evil·]0;gone·· {pod}", string.Join(' ', Rows(page.Output).Single()));
        Assert.Contains($" evil·]0;gone··/{pod} ", tail.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tail_goes_on_behind_what_it_had_when_connections_break_and_shows_each_flow_once()
    {
        var pod = FlowEvent.NewPod();
        var flows = FlowEvent.Many(pod, 600);
        await using var relay = new TcpRelay(server.Api.Address);
        await server.Api.PostBatchAsync(flows[..200]);
        // In the middle of a row, each time: the first ids and rows alone are longer.
        relay.BreakAfterBytes = 40_000;

        var tailing = ServerProgram.RunAsync(
            ["tail", "--server", relay.Address.ToString(), "--filter", $"pod = {pod}", "--since", "-1h", "--json", "--limit", $"{flows.Length}"]);
        await server.Api.PostBatchAsync(flows[200..400]);
        relay.GoAway();
        await server.Api.PostBatchAsync(flows[400..]);
        relay.Open();
        var (exitCode, output, error) = await tailing;

        Assert.True(exitCode == 0, error);
        Assert.Contains("waiting for it", error, StringComparison.Ordinal);
        var rows = output.TrimEnd('\n').Split('\n').Select(row => JsonSerializer.Deserialize<FlowEvent>(row)!.FromNative()).ToArray();
        Assert.Equal(flows.Length, rows.Length);
        Assert.Equal(flows.Select(flow => flow.Uuid).Order(), rows.Select(row => row.Uuid).Order());
    }

    [Fact]
    public async Task Tail_ends_well_when_nobody_reads_it_any_more()
    {
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(FlowEvent.Many(pod, 5));

        var (exitCode, output) = await Command.TryAsync(
            [], "bash", "-c",
            $"set -o pipefail; {ServerProgram.Path} tail --server {server.Api.Address} --filter 'pod = {pod}' --since -1h --json | head -n 2 | wc -l");

        Assert.Equal((0, "2"), (exitCode, output.Trim()));
    }

    [Fact]
    public async Task Tail_ends_well_with_an_interrupt()
    {
        await server.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 5));
        var start = ServerProgram.Command(
            ["--default-signal=INT", ServerProgram.Path, "tail", "--server", server.Api.Address.ToString(), "--since", "-1h"], []);
        // Under a shell's background job, as CI may run this, every process inherits that interrupts are ignored.
        start.FileName = "env";
        using var process = Process.Start(start)!;
        try
        {
            Assert.NotNull(await process.StandardOutput.ReadLineAsync().WaitAsync(Patience.Limit));
            await Command.RunAsync("kill", "-INT", $"{process.Id}");
            await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience.Limit);
            await process.WaitForExitAsync().WaitAsync(Patience.Limit);
            Assert.Equal((0, ""), (process.ExitCode, await process.StandardError.ReadToEndAsync()));
        }
        finally
        {
            process.Kill();
        }
    }

    private static string[][] Rows(string table) =>
        [.. table.TrimEnd('\n').Split('\n')[1..].Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    private Task<(int ExitCode, string Output, string Error)> RunAsync(string verb, string[] arguments) => RunAsync([verb, .. arguments]);

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        ServerProgram.RunAsync([.. arguments, "--server", server.Api.Address.ToString()]);
}
