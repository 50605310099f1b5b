using System.IO.Compression;
using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>The read routes: filters, limits, formats, order.</summary>
public abstract class ReadTests(AnyServer server)
{
    private const string Ndjson = "application/x-ndjson";

    [Fact]
    public async Task Get_by_pod_finds_it_in_every_namespace_and_in_the_one_asked_for()
    {
        var pod = FlowEvent.NewPod();
        FlowEvent[] rows =
        [
            FlowEvent.Of(pod, 4), FlowEvent.Of(pod, 3) with { PodNamespace = "other" }, FlowEvent.Of(pod, 2) with { PodNamespace = "" },
            FlowEvent.Of(pod, 1) with { PodNamespace = null },
        ];
        Assert.Equal(4, await server.Api.PostBatchAsync(rows));

        Assert.Equal(rows, await server.Api.GetPodAsync(pod));
        Assert.Equal(rows[..1], await server.Api.GetRowsAsync($"/pod/traffic/{pod}?namespace=tests"));
        Assert.Equal(rows[1..2], await server.Api.GetRowsAsync($"/pod/traffic/{pod}?namespace=other"));
        Assert.Equal(rows[2..3], await server.Api.GetRowsAsync($"/pod/traffic/{pod}?namespace="));
        Assert.Empty(await server.Api.GetRowsAsync($"/pod/traffic/{pod}?namespace=none"));
    }

    [Theory]
    [InlineData("ünï cödé 🚀")]
    [InlineData("it's \"quoted\" \\ {name:String} %41 + &limit=1")]
    [InlineData("100%")]
    [InlineData("batch")]
    public async Task Get_by_pod_takes_any_name(string name)
    {
        var pod = name + FlowEvent.NewPod();
        var row = FlowEvent.Of(pod, 1);
        await server.Api.PostBatchAsync([row]);

        Assert.Equal([row], await server.Api.GetPodAsync(pod));
    }

    [Fact]
    public async Task Get_of_an_unknown_pod_is_404_No_data_found()
    {
        using var answer = await server.Api.GetAsync("/pod/traffic/nobody", ("Accept", Ndjson));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("No data found", await answer.Content.ReadAsStringAsync());
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Get_by_pod_is_an_array_or_lines_in_the_contracts_shape()
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 2));
        await server.Api.PostBatchAsync(rows);

        Assert.Equal($"[\n{rows[0].ToJson()},\n{rows[1].ToJson()}\n]\n", await server.Api.GetTextAsync($"/pod/traffic/{pod}"));
        using var lines = await server.Api.GetAsync($"/pod/traffic/{pod}", ("Accept", Ndjson));
        Assert.Equal(Ndjson, lines.Content.Headers.ContentType?.MediaType);
        Assert.Equal($"{rows[0].ToJson()}\n{rows[1].ToJson()}\n", await lines.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("3", 3)]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("-9223372036854775808", 1)]
    public async Task Limit_is_honoured_from_1_up(string limit, int count) =>
        Assert.Equal(count, (await server.Api.GetRowsAsync($"/pod/traffic?limit={limit}")).Length);

    [Fact]
    public async Task Limit_above_everything_returns_everything()
    {
        var most = await server.Api.GetRowsAsync("/pod/traffic?limit=9223372036854775807");

        Assert.True(most.Length >= RealFlows.Rows.Length);
        Assert.Equal(FlowEvent.NewestFirst(most), most);
    }

    [Theory]
    [InlineData("limit=abc")]
    [InlineData("limit=1.5")]
    [InlineData("limit=")]
    [InlineData("limit=1&limit=2")]
    [InlineData("limit=9223372036854775808")]
    [InlineData("limit=0x10")]
    [InlineData("limit=%201")]
    public async Task Limit_that_is_no_number_is_400(string query)
    {
        using var answer = await server.Api.GetAsync($"/pod/traffic?{query}");

        await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, "limit");
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("text/html", "application/json")]
    [InlineData("application/x-ndjson", Ndjson)]
    [InlineData("application/json;q=0.5, application/x-ndjson", Ndjson)]
    [InlineData("application/json, application/x-ndjson;q=0.5", "application/json")]
    [InlineData("application/x-ndjson;q=0", "application/json")]
    [InlineData("nonsense", "application/json")]
    public async Task Accept_chooses_the_format(string accept, string type)
    {
        using var answer = await server.Api.GetAsync("/pod/traffic?limit=2", ("Accept", accept));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(type == Ndjson ? '{' : '[', (await answer.Content.ReadAsStringAsync())[0]);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Answer_is_packed_when_asked_for(string encoding)
    {
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(FlowEvent.Many(pod, 500));
        var plain = await server.Api.GetTextAsync($"/pod/traffic/{pod}");

        using var answer = await server.Api.GetAsync($"/pod/traffic/{pod}", ("Accept-Encoding", encoding));

        Assert.Equal([encoding], answer.Content.Headers.ContentEncoding);
        var packed = await answer.Content.ReadAsByteArrayAsync();
        Assert.True(packed.Length < plain.Length / 2);
        await using Stream unpacked = encoding == "br"
            ? new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress)
            : new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var reader = new StreamReader(unpacked, Encoding.UTF8);
        Assert.Equal(plain, await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Rows_of_one_time_come_in_the_falling_order_of_what_tells_them_apart()
    {
        var pod = FlowEvent.NewPod();
        var rows = Enumerable.Range(0, 6).Select(n => FlowEvent.Of(pod, n) with { Uuid = Guid.Empty.ToString("D"), TimeStamp = FlowEvent.Time(0) }).ToArray();
        await server.Api.PostBatchAsync([rows[3], rows[0], rows[5]]);
        await server.Api.PostBatchAsync([rows[2], rows[4], rows[1]]);

        Assert.Equal(FlowEvent.NewestFirst(rows), await server.Api.GetPodAsync(pod));
        Assert.Equal(FlowEvent.NewestFirst(rows), (await server.Api.GetRowsAsync("/pod/traffic")).Where(row => row.PodName == pod));
    }
}
