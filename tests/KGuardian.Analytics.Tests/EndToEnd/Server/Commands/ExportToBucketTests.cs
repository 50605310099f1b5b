using System.Diagnostics;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary><c>export</c> into a bucket of an S3-compatible store.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class ExportToBucketTests(RemoteServer server) : IAsyncLifetime
{
    private readonly S3Server _store = new();

    [Fact]
    public async Task Killed_export_goes_on_in_the_bucket_and_verifying_finds_what_is_wrong()
    {
        var pod = FlowEvent.NewPod();
        var begin = new DateTime(2026, 5, 12, 10, 0, 0, DateTimeKind.Utc);
        FlowEvent[] flows =
        [
            .. FlowEvent.Many(pod, 2000).Select((flow, index) => flow with { TimeStamp = $"{begin.AddSeconds(index / 100):yyyy-MM-dd'T'HH:mm:ss}.000000" }),
        ];
        await server.Api.PostBatchAsync(flows);
        await using var relay = new TcpRelay(server.Api.Address);
        var place = _store.Address.ToString();
        // Relative, and true of all: each run has to mean the same by it.
        string[] arguments =
        [
            "export", place, "--from", "2026-05-12", "--filter", $"pod = {pod} and time < -1h", "--part", "200", "--server", relay.Address.ToString(), "--json",
        ];
        relay.BreakAfterBytes = 150_000;
        using (var process = Process.Start(ServerProgram.Command(arguments, _store.Environment))!)
        {
            await Patience.UntilAsync("parts are in the bucket", () => _store.Objects.Count(name => name.StartsWith("flows-", StringComparison.Ordinal)) > 1);
            process.Kill();
            await process.WaitForExitAsync();
        }

        relay.BreakAfterBytes = long.MaxValue;
        var unfinished = await RunAsync("export", "--verify", place);
        var other = await RunAsync("export", place, "--from", "2026-05-12", "--server", server.Api.Address.ToString());
        var (exitCode, output, error) = await RunAsync(arguments);
        var verified = await RunAsync("export", "--verify", place);

        Assert.True(exitCode == 0, error);
        Assert.Equal((3, 2), (unfinished.ExitCode, other.ExitCode));
        Assert.Contains("holds another export", other.Error, StringComparison.Ordinal);
        var manifest = JsonNode.Parse(output)!;
        Assert.Equal((flows.Length, 2), ((int)manifest["rows"]!, (int)manifest["runs"]!));
        Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
        var parts = manifest["parts"]!.AsArray().Select(part => (string?)part!["file"]).OfType<string>().ToArray();
        Assert.Equal([.. parts, "manifest.json"], _store.Objects.Order(StringComparer.Ordinal));
        var rows = parts.SelectMany(part => File.ReadAllLines(_store.PathOf(part))).Select(row => (string?)JsonNode.Parse(row)!["uuid"]);
        Assert.Equal(flows.Select(flow => flow.Uuid).Order(), rows.Order());

        using var bucket = new Bucket(new BucketOptions(_store.Address, BucketOptions.UsualRegion) { AccessKey = S3Server.Key, SecretKey = S3Server.Key });
        using var directory = new TestDirectory();
        var file = Path.Combine(directory.Path, "x");
        await File.WriteAllTextAsync(file, "{}\n");
        await bucket.DeleteAsync(parts[0], CancellationToken.None);
        await bucket.UploadAsync(file, new BucketObject(parts[1], 3, new string('0', 64)), CancellationToken.None);
        await bucket.UploadAsync(file, new BucketObject("flows-x.ndjson", 3, new string('0', 64)), CancellationToken.None);
        var wrong = await RunAsync("export", "--verify", place);
        Assert.True(wrong.ExitCode == 4, wrong.Error);
        Assert.Collection(
            wrong.Output.TrimEnd('\n').Split('\n'),
            line => Assert.Equal($"{parts[0]}: it is not there", line),
            line => Assert.StartsWith($"{parts[1]}: it has 3 bytes", line, StringComparison.Ordinal),
            line => Assert.Equal("flows-x.ndjson: the manifest does not know it", line));
    }

    [Fact]
    public async Task What_is_wrong_with_the_bucket_is_one_line()
    {
        string[] window = ["--from", "2024-02-15", "--to", "2024-02-16", "--server", server.Api.Address.ToString()];
        var none = await RunAsync(["export", "s3://nobody/flows/", .. window]);
        var nowhere = await RunAsync(["export", "http://127.0.0.1:1/bucket/", .. window]);
        var noBucket = await RunAsync(["export", "https://s3.example/", .. window]);
        var noManifest = await RunAsync(["export", "--verify", _store.Address.ToString()]);

        Assert.Equal((1, 1, 2, 2), (none.ExitCode, nowhere.ExitCode, noBucket.ExitCode, noManifest.ExitCode));
        Assert.All(new[] { none, nowhere, noBucket, noManifest }, run => Assert.Single(run.Error.TrimEnd('\n').Split('\n')));
        Assert.Contains("the bucket http://127.0.0.1:1/bucket/ did not", nowhere.Error, StringComparison.Ordinal);
        Assert.Contains("has no manifest.json", noManifest.Error, StringComparison.Ordinal);
    }

    public async ValueTask InitializeAsync() => await _store.StartAsync();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) => ServerProgram.RunAsync(arguments, _store.Environment);
}
