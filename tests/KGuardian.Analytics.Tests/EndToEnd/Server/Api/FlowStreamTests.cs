using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary><c>/api/v1/flows</c> as a stream of the whole window.</summary>
[Collection(OnLocalServer.Name)]
public sealed class FlowStreamTests(LocalServer server)
{
    private const string Window = "from=2026-05-12T00:00:00Z&to=2026-05-13";

    [Theory]
    [InlineData("ndjson", "application/x-ndjson")]
    [InlineData("csv", "text/csv")]
    [InlineData("arrow", "application/vnd.apache.arrow.stream")]
    [InlineData("parquet", "application/vnd.apache.parquet")]
    public async Task Format_or_Accept_chooses_the_stream(string format, string type)
    {
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(FlowEvent.Many(pod, 3));

        using var named = await server.Api.GetAsync($"/api/v1/flows?{Window}&filter=pod={pod}&format={format}");
        using var accepted = await server.Api.GetAsync($"/api/v1/flows?{Window}&filter=pod={pod}", ("Accept", $"{type}, */*;q=0.1"));

        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        Assert.Equal(type, named.Content.Headers.ContentType?.MediaType);
        Assert.Equal(type, accepted.Content.Headers.ContentType?.MediaType);
        var bytes = await named.Content.ReadAsByteArrayAsync();
        Assert.Equal(bytes, await accepted.Content.ReadAsByteArrayAsync());
        Assert.Equal("2026-05-12T00:00:00.000000Z", named.Headers.GetValues("X-Window-From").Single());
        Assert.Equal("false", named.Headers.GetValues("X-Result-Cut").Single());
        Assert.InRange(long.Parse(named.Headers.GetValues("X-Rows-To-Read").Single(), System.Globalization.CultureInfo.InvariantCulture), 3, long.MaxValue);
        Assert.True(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(pod)) >= 0);
        if (format == "parquet")
        {
            Assert.Equal("PAR1", Encoding.ASCII.GetString(bytes[^4..]));
        }
    }

    [Fact]
    public async Task Stream_has_every_row_of_the_window_unless_limited()
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 1200));
        await server.Api.PostBatchAsync(rows);

        var all = await server.Api.GetTextAsync($"/api/v1/flows?{Window}&filter=pod={pod}&format=ndjson");
        Assert.Equal(string.Concat(rows.Select(row => row.ToNative().ToJson() + "\n")), all);
        Assert.Equal(("true", 1001), await LimitedAsync(1001));
        Assert.Equal(("false", 1200), await LimitedAsync(1200));

        async Task<(string Cut, int Rows)> LimitedAsync(int limit)
        {
            using var answer = await server.Api.GetAsync($"/api/v1/flows?{Window}&filter=pod={pod}&format=csv&fields=uuid&order=asc&limit={limit}");
            var lines = (await answer.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("\"uuid\"", lines[0]);
            return (answer.Headers.GetValues("X-Result-Cut").Single(), lines.Length - 1);
        }
    }

    [Fact]
    public async Task Accept_of_anything_is_a_page()
    {
        Assert.StartsWith("{\"data\":[", await server.Api.GetTextAsync("/api/v1/flows", ("Accept", "*/*")), StringComparison.Ordinal);
        Assert.StartsWith("{\"data\":[", await server.Api.GetTextAsync("/api/v1/flows?format=json", ("Accept", "text/csv")), StringComparison.Ordinal);
        Assert.StartsWith(
            "{\"data\":[", await server.Api.GetTextAsync("/api/v1/flows", ("Accept", "application/json, text/csv;q=0.5")),
            StringComparison.Ordinal);
    }
}
