using System.Diagnostics;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary><c>export</c>: files, parts, what a killed one leaves, and what verifying finds.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class ExportCommandTests(RemoteServer server) : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    [InlineData("ndjson")]
    [InlineData("arrow")]
    [InlineData("parquet")]
    public async Task Every_format_has_all_flows_in_a_file_and_in_parts(string format)
    {
        string[] selection = ["--from", "2024-02-15", "--to", "2024-02-16", "--filter", "decision = DROP", "--json"];
        var file = JsonNode.Parse((await RunAsync([At($"all.{format}"), .. selection])).Output)!;
        var parts = JsonNode.Parse((await RunAsync([At("parts/"), "--format", format, "--part", "10", .. selection])).Output)!;
        var verified = await RunAsync(["--verify", At("parts")]);

        Assert.Equal((27, new FileInfo(At($"all.{format}")).Length), ((int)file["rows"]!, (long)file["bytes"]!));
        Assert.Equal((27, "2024-02-16T00:00:00.000000Z", 1), ((int)parts["rows"]!, (string?)parts["complete_to"], (int)parts["runs"]!));
        Assert.True(parts["parts"]!.AsArray().Count > 1);
        Assert.Equal((0, $"27 flows in {Files(format).Length} parts are as they were written\n", ""), verified);
        Assert.Equal([.. Files(format), "manifest.json"], Directory.GetFiles(At("parts")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        if (format is "ndjson")
        {
            Assert.Equal(await File.ReadAllTextAsync(At("all.ndjson")), string.Concat(Files(format).Select(name => File.ReadAllText(At("parts", name!)))));
        }

        if (format is "json")
        {
            Assert.Equal(27, JsonNode.Parse(await File.ReadAllTextAsync(At("all.json")))!.AsArray().Count);
        }
    }

    [Fact]
    public async Task Killed_export_goes_on_and_no_flow_is_missed_or_there_twice()
    {
        var pod = FlowEvent.NewPod();
        // A hundred a second, which is never divided.
        var begin = new DateTime(2026, 5, 12, 10, 0, 0, DateTimeKind.Utc);
        FlowEvent[] flows =
        [
            .. FlowEvent.Many(pod, 2000).Select((flow, index) => flow with { TimeStamp = $"{begin.AddSeconds(index / 100):yyyy-MM-dd'T'HH:mm:ss}.000000" }),
        ];
        await server.Api.PostBatchAsync(flows);
        var day = flows[0].TimeStamp![..10];
        await using var relay = new TcpRelay(server.Api.Address);
        // The plan and some parts pass, and the next one never ends.
        string[] arguments = [At("parts/"), "--from", day, "--filter", $"pod = {pod}", "--part", "200", "--server", relay.Address.ToString(), "--json"];
        relay.BreakAfterBytes = 150_000;
        using (var process = Process.Start(ServerProgram.Command(["export", .. arguments], []))!)
        {
            await Patience.UntilAsync(() => Directory.Exists(At("parts")) && Directory.GetFiles(At("parts"), "flows-*.ndjson").Length > 1);
            process.Kill();
            await process.WaitForExitAsync();
        }

        relay.BreakAfterBytes = long.MaxValue;
        var unfinished = await RunAsync("--verify", At("parts"));
        File.WriteAllText(At("parts", "flows-left.ndjson.tmp"), "half a part");
        var report = JsonNode.Parse((await ServerProgram.RunAsync(["export", .. arguments])).Output)!;
        var again = await ServerProgram.RunAsync(["export", .. arguments]);

        Assert.Equal(3, unfinished.ExitCode);
        Assert.Equal((flows.Length, 2), ((int)report["rows"]!, (int)report["runs"]!));
        var rows = Files("ndjson").SelectMany(name => File.ReadAllLines(At("parts", name!))).Select(row => (string?)JsonNode.Parse(row)!["uuid"]);
        Assert.Equal(flows.Select(flow => flow.Uuid).Order(), rows.Order());
        Assert.Equal((0, 0), (again.ExitCode, Directory.GetFiles(At("parts"), "*.tmp").Length));
        Assert.Equal(0, (await RunAsync("--verify", At("parts"))).ExitCode);
    }

    [Fact]
    public async Task Verifying_finds_what_is_changed_missing_or_too_much()
    {
        Assert.Equal(0, (await RunAsync(At("parts/"), "--from", "2024-02-15", "--to", "2024-02-16", "--part", "20")).ExitCode);
        var files = Files("ndjson");
        await File.AppendAllTextAsync(At("parts", files[0]!), "\n");
        File.Delete(At("parts", files[1]!));
        var bytes = await File.ReadAllBytesAsync(At("parts", files[2]!));
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(At("parts", files[2]!), bytes);
        await File.WriteAllTextAsync(At("parts", "flows-x.ndjson"), "");

        var (exitCode, output, _) = await RunAsync("--verify", At("parts"));

        Assert.Equal(4, exitCode);
        Assert.Collection(
            output.TrimEnd('\n').Split('\n'),
            line => Assert.Contains($"{files[0]}: it has ", line, StringComparison.Ordinal),
            line => Assert.Equal($"{files[1]}: it is not there", line),
            line => Assert.Equal($"{files[2]}: its bytes are others than were written", line),
            line => Assert.Equal("flows-x.ndjson: the manifest does not know it", line));
    }

    [Fact]
    public async Task Anonymised_export_has_none_of_the_names_also_not_in_its_manifest()
    {
        Assert.Equal(0, (await ServerProgram.RunAsync(["anonymise", "--new-key", At("key")])).ExitCode);
        string[] selection = ["--from", "2024-02-15", "--to", "2024-02-16", "--filter", "namespace = openshift-monitoring"];
        var plain = await RunAsync(["-", .. selection]);
        Assert.Equal(0, (await RunAsync([At("parts/"), "--anonymise-key-file", At("key"), .. selection])).ExitCode);
        var filtered = await ServerProgram.RunAsync(["anonymise", Save("plain.ndjson", plain.Output), "--key-file", At("key")]);

        var all = string.Concat(Directory.GetFiles(At("parts")).Select(File.ReadAllText));
        Assert.Equal(filtered.Output, string.Concat(Files("ndjson").Select(name => File.ReadAllText(At("parts", name!)))));
        var rows = plain.Output.TrimEnd('\n').Split('\n').Select(row => JsonNode.Parse(row)!).ToArray();
        Assert.NotEmpty(rows);
        Assert.All(
            rows.SelectMany(row => new[] { "uuid", "pod_name", "pod_namespace", "pod_ip", "traffic_in_out_ip" }.Select(name => (string)row[name]!)).Distinct(),
            secret => Assert.DoesNotContain($"\"{secret}\"", all, StringComparison.Ordinal));
        Assert.DoesNotContain("openshift", all, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", all, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--part is for a directory", "x.csv", "--part", "day")]
    [InlineData("--part '5PB' must be", "x/", "--part", "5PB")]
    [InlineData("--format 'pdf' is none of", "x", "--format", "pdf")]
    [InlineData("goes with csv, json and ndjson", "x.parquet", "--anonymise-key-file", "key")]
    [InlineData("--anonymise-key-file 'nowhere' cannot be used", "x.csv", "--anonymise-key-file", "nowhere")]
    [InlineData("did you mean pod_name?", "x.csv", "--filter", "pod_nam = x")]
    [InlineData("has no manifest.json", "--verify", "x")]
    public async Task What_is_wrong_is_one_line_and_nothing_is_left(string said, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync([.. arguments.Select(argument => argument.StartsWith('x') ? At(argument) : argument)]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task Directory_of_another_export_is_not_written_into()
    {
        string[] window = ["--from", "2024-02-15", "--to", "2024-02-16"];
        Assert.Equal(0, (await RunAsync([At("parts/"), .. window])).ExitCode);

        var (exitCode, _, error) = await RunAsync([At("parts/"), .. window, "--filter", "decision = DROP"]);

        Assert.Equal(2, exitCode);
        Assert.Contains("holds another export", error, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private string At(params string[] names) => Path.Combine([_directory.Path, .. names]);

    private string Save(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    private string?[] Files(string format) => [.. Directory.GetFiles(At("parts"), $"flows-*.{format}").Select(Path.GetFileName).Order(StringComparer.Ordinal)];

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        ServerProgram.RunAsync(["export", .. arguments, "--server", server.Api.Address.ToString()]);
}
