using System.Text.Json;
using KGuardian.Analytics.Tests.Engine;

namespace KGuardian.Analytics.Tests.Server.Api;

/// <summary>Exports read by Apache's Arrow library and by hyparquet: value for value what JSON says.</summary>
[Collection(OnLocalServer.Name)]
public sealed class ExportTests(LocalServer server)
{
    [Theory]
    [InlineData("arrow")]
    [InlineData("parquet")]
    public async Task Export_has_every_value_that_JSON_has(string format)
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.Many(pod, 1000).Select((row, n) => (n % 10) switch
        {
            0 => row with { PodPort = null, TrafficInOutPort = "" },
            1 => row with { PodPort = "0443", TrafficInOutPort = "65535" },
            2 => row with { PodNamespace = null, Decision = null },
            3 => row with { PodNamespace = "名前空間 😀 \"'\\\t", IpProtocol = "" },
            4 => row with { TrafficType = null, IpProtocol = null, TimeStamp = "1969-12-31T23:59:59.999999" },
            _ => row,
        });
        await server.Api.PostBatchAsync(rows);
        var query = $"/api/v1/flows?from=1969-12-31&to=2026-05-13&filter=pod={pod}";

        using var directory = new TestDirectory();
        var file = Path.Combine(directory.Path, "rows");
        using (var answer = await server.Api.GetAsync($"{query}&format={format}"))
            await File.WriteAllBytesAsync(file, await answer.Content.ReadAsByteArrayAsync());
        var read = (await NpmTool.RunAsync("rows.js", format, file)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var expected = (await server.Api.GetTextAsync($"{query}&format=ndjson")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1000, expected.Length);
        Assert.Equal(expected.Select(Normal), read.Select(Normal));
        Assert.Equal(100, read.Count(row => row.Contains("\"pod_port\":null", StringComparison.Ordinal)));
    }

    /// <summary>Escapes may differ, values and their order may not.</summary>
    private static string Normal(string row) => JsonSerializer.Deserialize<FlowEvent>(row)!.ToJson();
}
