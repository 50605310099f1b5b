using System.Net;
using System.Text;
using System.Text.Json;
using Apache.Arrow.Ipc;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary><c>POST /api/v1/flows</c>: the same flows in every form.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class FlowIngestTests(RemoteServer server)
{
    private const string Path = "/api/v1/flows";
    private const string Stream = "application/vnd.apache.arrow.stream";
    private const string File = "application/vnd.apache.arrow.file";

    private readonly string _pod = FlowEvent.NewPod();

    public static TheoryData<string, string> Forms => new()
    {
        { "application/json; charset=utf-8", "json" }, { "application/x-ndjson", "lines" }, { Stream, "stream" }, { File, "file" }, { Stream, "gzip" },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Flows_in_any_form_are_stored_once_and_bad_ones_told(string type, string form)
    {
        var good = FlowEvent.Many(_pod, 40).Select((flow, n) => n % 4 == 0 ? flow with { PodPort = "007", Decision = null } : flow).ToArray();
        FlowEvent[] flows =
        [
            .. good[..30], FlowEvent.Of(_pod, 98) with { PodPort = "70000" }, .. good[30..], FlowEvent.Of(_pod, 99) with { TimeStamp = "soon" },
        ];
        var body = form switch
        {
            "json" => Encoding.UTF8.GetBytes(FlowEvent.Batch(flows)),
            "lines" => Encoding.UTF8.GetBytes(string.Join('\n', flows.Select(flow => flow.ToJson()))),
            _ => ArrowBodies.Of(flows, new ArrowForm("dictionary", "text", null, IsFile: form == "file", Codec: CompressionCodecType.Zstd, Rows: 17)),
        };

        var first = await PostAsync(type, form == "gzip" ? Packed.As("gzip", body) : body, form == "gzip" ? "gzip" : null);
        var again = await PostAsync(type, body);

        Assert.Equal((42, 40, 0, 2), Counts(first));
        Assert.Equal((42, 0, 40, 2), Counts(again));
        Assert.Equal(
            [(30, "pod_port", "bad_port", "\"70000\"", "0 to 65535, empty or null"), (41, "time_stamp", "bad_time", "\"soon\"", "a time")],
            first.GetProperty("faults").EnumerateArray().Select(fault => (
                fault.GetProperty("row").GetInt32(), fault.GetProperty("field").GetString()!, fault.GetProperty("reason").GetString()!,
                fault.GetProperty("value").GetString()!, fault.GetProperty("allowed").GetString()!)).Select(fault => fault with
                {
                    Item5 = fault.Item5.StartsWith("a time", StringComparison.Ordinal) ? "a time" : fault.Item5,
                }));
        Assert.Equal(FlowEvent.NewestFirst(good), await server.Api.GetPodAsync(_pod));
    }

    [Theory]
    [InlineData("lz4_frame", 0, 1)]
    [InlineData("zstd", 1, 1)]
    [InlineData("none", 1, 0)]
    public async Task Streams_that_ClickHouse_writes_are_taken(string codec, int asDictionary, int asString)
    {
        var endpoint = (await SharedNode.GetAsync()).Endpoint;
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url)
        {
            Content = new StringContent(
                $"""
                SELECT toUUID('{Guid.NewGuid().ToString()[..32]}' || leftPad(toString(number), 4, '0')) AS uuid, toLowCardinality('{_pod}') AS pod_name,
                    CAST('shop', 'LowCardinality(Nullable(String))') AS pod_namespace, '{FlowEvent.Of(_pod, 1).PodIp}' AS pod_ip, toUInt16(8080) AS pod_port, 'TCP' AS ip_protocol,
                    'INGRESS' AS traffic_type, '10.1.0.' || toString(number) AS traffic_in_out_ip, CAST(NULL, 'Nullable(Int32)') AS traffic_in_out_port,
                    toLowCardinality('ALLOW') AS decision, toDateTime64('2026-05-12 10:00:00', 9, 'UTC') + INTERVAL number MICROSECOND AS time_stamp
                FROM numbers(50) FORMAT ArrowStream
                SETTINGS output_format_arrow_compression_method = '{codec}', output_format_arrow_low_cardinality_as_dictionary = {asDictionary},
                    output_format_arrow_string_as_string = {asString}, max_block_size = 20
                """),
        };
        request.Headers.Add("X-ClickHouse-User", endpoint.User);
        request.Headers.Add("X-ClickHouse-Key", endpoint.Password);
        using var written = await http.SendAsync(request);
        var body = await written.Content.ReadAsByteArrayAsync();
        Assert.True(written.IsSuccessStatusCode, Encoding.UTF8.GetString(body));

        Assert.Equal((50, 50, 0, 0), Counts(await PostAsync(Stream, body)));

        var rows = await server.Api.GetPodAsync(_pod);
        Assert.Equal(
            [.. Enumerable.Range(0, 50).Reverse().Select(n => ($"{n:D4}", $"10.1.0.{n}", $"2026-05-12T10:00:00.{n:D6}", "8080", (string?)null, "shop"))],
            rows.Select(row => (row.Uuid![32..], row.TrafficInOutIp!, row.TimeStamp!, row.PodPort!, row.TrafficInOutPort, row.PodNamespace!)));
    }

    [Fact]
    public async Task Whole_bodies_are_refused_with_what_is_allowed_and_nothing_is_stored()
    {
        var flow = FlowEvent.Of(_pod, 1);
        var body = ArrowBodies.Of([flow], new ArrowForm());
        var untyped = ArrowBodies.Of([ArrowBodies.Of(
            ("uuid", ArrowBodies.Texts("utf8", [flow.Uuid])), ("time_stamp", new Apache.Arrow.Int64Array.Builder().Append(1).Build()))]);

        await AssertAsync(HttpStatusCode.UnsupportedMediaType, "application/vnd.apache.arrow.stream", "text/csv", body);
        await AssertAsync(HttpStatusCode.BadRequest, "expected an array", "application/json", Encoding.UTF8.GetBytes(flow.ToJson()));
        await AssertAsync(HttpStatusCode.BadRequest, "expected the rest of the row", "application/x-ndjson", Encoding.UTF8.GetBytes(flow.ToJson()[..^1]));
        await AssertAsync(HttpStatusCode.BadRequest, "Not an Arrow stream", Stream, Encoding.UTF8.GetBytes(FlowEvent.Batch([flow])));
        await AssertAsync(HttpStatusCode.BadRequest, "Not an Arrow stream", Stream, body[..^20]);
        var problem = await AssertAsync(HttpStatusCode.BadRequest, "Column 'time_stamp' is int64; allowed: timestamp", Stream, untyped);
        Assert.Equal("time_stamp", problem.GetProperty("column").GetString());
        await AssertAsync(
            HttpStatusCode.RequestEntityTooLarge, "Ingest:MaxBodyBytes", Stream,
            ArrowBodies.Of(Enumerable.Repeat(flow, 20_000).ToArray(), new ArrowForm(Codec: CompressionCodecType.Zstd, Rows: 5_000)));
        using var parameter = await server.Api.PostAsync($"{Path}?limit=1", body, type: Stream);
        await Problem.AssertAsync(parameter, HttpStatusCode.BadRequest, "limit");
        Assert.Empty(await server.Api.GetPodAsync(_pod));

        async Task<JsonElement> AssertAsync(HttpStatusCode status, string says, string type, byte[] bytes)
        {
            using var answer = await server.Api.PostAsync(Path, bytes, type: type);
            return await Problem.AssertAsync(answer, status, says);
        }
    }

    private async Task<JsonElement> PostAsync(string type, byte[] body, string? encoding = null)
    {
        using var answer = await ApiClient.PatientlyAsync(() => server.Api.PostAsync(Path, body, encoding, type));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, text);
        var taken = JsonDocument.Parse(text).RootElement;
        var rejected = taken.GetProperty("rejected").GetInt32();
        Assert.Equal(rejected == 0 ? [] : [$"{rejected}"], answer.Headers.TryGetValues("X-Rejected-Rows", out var said) ? said : []);
        return taken;
    }

    private static (int, int, int, int) Counts(JsonElement taken) => (
        taken.GetProperty("rows").GetInt32(), taken.GetProperty("stored").GetInt32(), taken.GetProperty("known").GetInt32(),
        taken.GetProperty("rejected").GetInt32());
}
