using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;
using ZstdSharp;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Import;

/// <summary>What one store exports by columns, another takes in: the same flows.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class ImportColumnsTests(RemoteServer server) : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task Exports_come_over_into_another_store_as_they_were()
    {
        var pods = Enumerable.Range(0, 4).Select(_ => FlowEvent.NewPod()).ToArray();
        var flows = pods.Select(pod => FlowEvent.Many(pod, 120).Select((flow, n) => (n % 5) switch
        {
            0 => flow with { PodPort = null, PodNamespace = "größe" },
            1 => flow with { PodPort = "0080", Decision = "" },
            2 => flow with { TrafficInOutPort = "", PodNamespace = null },
            _ => flow,
        }).ToArray()).ToArray();
        await server.Api.PostBatchAsync(flows.SelectMany(rows => rows));
        await using var store = await RemoteStore.CreateAsync();
        await using var other = await store.StartServerAsync();

        using var exported = await server.Api.GetAsync($"/api/v1/flows?from=2026-05-12&to=2026-05-13&format=arrow&filter=pod = {pods[0]}");
        var body = await exported.Content.ReadAsByteArrayAsync();
        using var posted = await other.Api.PostAsync("/api/v1/flows", body, type: exported.Content.Headers.ContentType!.MediaType!);
        Assert.True(posted.StatusCode == HttpStatusCode.OK, await posted.Content.ReadAsStringAsync());
        var arrow = await ExportAsync("a.arrow", pods[1]);
        var parquet = await ExportAsync("b.parquet", pods[2]);
        var packed = At("c.ndjson.zst");
        using (var compressor = new Compressor())
        {
            await File.WriteAllBytesAsync(packed, compressor.Wrap(await File.ReadAllBytesAsync(await ExportAsync("c.ndjson", pods[3]))).ToArray());
        }

        Assert.Equal((0, 360, 360, 0, 0), await ImportAsync(other, arrow, parquet, packed));
        Assert.Equal((0, 360, 0, 360, 0), await ImportAsync(other, arrow, parquet, packed));
        foreach (var (pod, rows) in pods.Zip(flows))
        {
            Assert.Equal(FlowEvent.NewestFirst(rows), await other.Api.GetPodAsync(pod));
        }

        // Columns of other names, and rows that cannot be stored.
        var bad = At("bad.arrow");
        FlowEvent[] mixed = [FlowEvent.Of(pods[0], 500), FlowEvent.Of(pods[0], 501) with { PodPort = "70000" }];
        await File.WriteAllBytesAsync(bad, ArrowBodies.Of(mixed, new ArrowForm(Ports: "i32", IsFile: true)), TestContext.Current.CancellationToken);
        Assert.Equal((3, 2, 1, 0, 1), await ImportAsync(other, bad, "--map", "pod_name=traffic_in_out_ip"));
        Assert.Equal(mixed[0] with { PodName = mixed[0].TrafficInOutIp }, Assert.Single(await other.Api.GetPodAsync(mixed[0].TrafficInOutIp!)));
        var reject = JsonNode.Parse((await File.ReadAllLinesAsync(At("state.rejects"), TestContext.Current.CancellationToken)).Single())!;
        Assert.Equal((2, "pod_port", "bad_port"), ((int)reject["row"]!, (string?)reject["field"], (string?)reject["reason"]));
    }

    public void Dispose() => _directory.Dispose();

    private string At(string name) => Path.Combine(_directory.Path, name);

    private async Task<string> ExportAsync(string name, string pod)
    {
        var (exitCode, _, error) = await ServerProgram.RunAsync(
            ["export", At(name), "--from", "2026-05-12", "--to", "2026-05-13", "--filter", $"pod = {pod}", "--server", server.Api.Address.ToString()]);
        Assert.True(exitCode == 0, error);
        return At(name);
    }

    private async Task<(int ExitCode, int Read, int Stored, int Known, int Rejected)> ImportAsync(ServerProcess to, params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(
            ["import", .. arguments, "--server", to.Api.Address.ToString(), "--state", At("state"), "--json", "--anew"]);
        Assert.True(output.Length > 0, error);
        var flows = ImportServer.Table(JsonNode.Parse(output)!.AsObject(), "flows");
        Assert.Equal(0, (int)flows["unexplained"]!);
        return (exitCode, (int)flows["read"]!, (int)flows["stored"]!, (int)flows["known_before"]!, (int)flows["rejected"]!);
    }
}
