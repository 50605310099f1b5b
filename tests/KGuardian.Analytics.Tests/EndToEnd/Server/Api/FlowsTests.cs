using System.Globalization;
using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary><c>/api/v1/flows</c>: windows, filters, pages, streams, and what it refuses.</summary>
[Collection(OnLocalServer.Name)]
public sealed class FlowsTests(LocalServer server)
{
    private const string Window = "from=2026-05-12T00:00:00Z&to=2026-05-13";

    [Fact]
    public async Task Page_has_the_rows_of_the_window_and_says_what_it_read()
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 5));
        await server.Api.PostBatchAsync([.. rows, FlowEvent.Of(pod, 9) with { TimeStamp = "2026-05-13T00:00:00.000000" }]);

        using var answer = await server.Api.GetAsync($"/api/v1/flows?{Window}&filter=pod%3D{pod}");
        var page = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        Assert.Equal(rows, Rows(page));
        Assert.Equal(rows[0].ToNative().ToJson(), page.GetProperty("data")[0].GetRawText());
        Assert.Equal(JsonValueKind.Null, page.GetProperty("next").ValueKind);
        Assert.False(page.GetProperty("cut").GetBoolean());
        Assert.Equal("2026-05-12T00:00:00.000000Z", page.GetProperty("window").GetProperty("from").GetString());
        Assert.Equal("2026-05-13T00:00:00.000000Z", Header(answer, "X-Window-To"));
        Assert.Equal("false", Header(answer, "X-Result-Cut"));
        Assert.InRange(long.Parse(Header(answer, "X-Rows-Read"), CultureInfo.InvariantCulture), 5, long.MaxValue);
        Assert.InRange(long.Parse(Header(answer, "X-Bytes-Read"), CultureInfo.InvariantCulture), 1, long.MaxValue);
    }

    [Fact]
    public async Task Page_without_a_window_is_of_the_last_24_hours()
    {
        var pod = FlowEvent.NewPod();
        var rows = new[] { 1, 23, 25 }.Select(hours => Recent(pod, hours)).ToArray();
        await server.Api.PostBatchAsync(rows);

        Assert.Equal(rows[..2], Rows(await PageAsync($"filter=pod={pod}")));
        Assert.Equal(rows[..1], Rows(await PageAsync($"filter=pod={pod}&from=-6h")));
        Assert.Equal(rows[2..], Rows(await PageAsync($"filter=pod={pod}&from=-2d&to=-24h&order=asc")));
    }

    [Fact]
    public async Task Fields_choose_the_columns_in_the_order_given()
    {
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(FlowEvent.Many(pod, 1));

        var page = await PageAsync($"{Window}&filter=pod={pod}&fields=pod_port,pod_name");

        Assert.Equal($$"""[{"pod_port":"8080","pod_name":"{{pod}}"}]""", page.GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task Walk_under_concurrent_inserts_shows_each_row_once(string order)
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.Many(pod, 400);
        // Many rows of one time: the uuid decides.
        rows = [.. rows.Select((row, n) => row with { TimeStamp = FlowEvent.Time(n / 50) })];
        await server.Api.PostBatchAsync(rows.Where((_, n) => n % 2 == 0));
        using var done = new CancellationTokenSource();
        var inserting = Task.Run(async () =>
        {
            for (var n = 1; n < rows.Length && !done.IsCancellationRequested; n += 2)
            {
                await server.Api.PostBatchAsync([rows[n]]);
            }
        });

        var seen = new List<FlowEvent>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await PageAsync($"{Window}&filter=pod={pod}&order={order}&limit=17{cursor}");
            seen.AddRange(Rows(page));
            var next = page.GetProperty("next").GetString();
            Assert.Equal(next is not null, page.GetProperty("cut").GetBoolean());
            cursor = next is null ? null : $"&cursor={next}";
        }

        await done.CancelAsync();
        await inserting;
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Empty(rows.Where((_, n) => n % 2 == 0).Except(seen));
        var sorted = FlowEvent.NewestFirst(seen);
        Assert.Equal(order == "desc" ? sorted : sorted.Reverse(), seen);
    }

    [Fact]
    public async Task Walk_of_a_relative_window_keeps_its_window()
    {
        await server.Api.PostBatchAsync([Recent(FlowEvent.NewPod(), 1), Recent(FlowEvent.NewPod(), 2)]);
        var first = await PageAsync("from=-3h&limit=1");
        await Task.Delay(5);
        var second = await PageAsync($"from=-3h&limit=1&cursor={first.GetProperty("next").GetString()}");

        Assert.Equal(first.GetProperty("window").GetRawText(), second.GetProperty("window").GetRawText());
        Assert.NotEqual(first.GetProperty("data").GetRawText(), second.GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("from=-3h&limit=1&order=asc", "order")]
    [InlineData("from=-2h&limit=1", "window")]
    [InlineData("from=-3h&limit=1&filter=pod!=x", "filter")]
    public async Task Cursor_of_another_walk_is_400_that_says_which(string query, string says)
    {
        await server.Api.PostBatchAsync([Recent(FlowEvent.NewPod(), 1), Recent(FlowEvent.NewPod(), 2)]);
        var cursor = (await PageAsync("from=-3h&limit=1")).GetProperty("next").GetString();

        using var answer = await server.Api.GetAsync($"/api/v1/flows?{query}&cursor={cursor}");

        var problem = await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, $"is from another {says}");
        Assert.Equal("cursor", problem.GetProperty("parameter").GetString());
    }

    [Theory]
    [InlineData("observations%3E=2")]
    [InlineData("not%20observations=1")]
    [InlineData("last_seen%3E=2026-05-12T11:00:00Z")]
    public async Task Filter_on_activity_finds_the_flow_that_was_seen_again(string filter)
    {
        var pod = FlowEvent.NewPod();
        // Every form that a port has: the flow's id is computed from the stored column, not from the text shown.
        var rows = new[] { "0", "443", "0443", "", null }.Select((port, n) => FlowEvent.Of(pod, n) with { PodPort = port }).ToArray();
        await server.Api.PostBatchAsync([.. rows, FlowEvent.Of(pod, 9)]);
        Assert.Equal(0, await server.Api.PostBatchAsync(rows.Select(row => row with { TimeStamp = "2026-05-12T12:00:00.000000" })));

        FlowEvent[] found = [];
        await Patience.UntilAsync("activity is stored", async () =>
            (found = Rows(await PageAsync($"{Window}&filter=pod={pod}%20and%20{filter}&order=asc"))).Length > 0);

        Assert.Equal(rows, found);
    }

    [Fact]
    public async Task Collapse_makes_one_row_of_flows_that_differ_in_an_ephemeral_port_only()
    {
        var pod = FlowEvent.NewPod();
        string?[] ports = ["40001", "32768", "065535", "443", "32767", null];
        await server.Api.PostBatchAsync(ports.Select((port, n) => FlowEvent.Of(pod, n) with { TrafficInOutIp = "10.0.0.1", TrafficInOutPort = port }));

        var page = await PageAsync($"{Window}&filter=pod={pod}&collapse=ports&fields=traffic_in_out_port,ip_protocol");
        var oldest = await PageAsync($"{Window}&filter=pod={pod}&collapse=ports&order=asc&limit=1");

        Assert.Equal(
            ["null1", "\"32767\"1", "\"443\"1", "\"ephemeral\"3"],
            page.GetProperty("data").EnumerateArray().Select(row =>
                row.GetProperty("traffic_in_out_port").GetRawText() + row.GetProperty("flows").GetRawText()));
        Assert.Equal(
            """
            [{"pod_name":"POD","pod_namespace":"tests","pod_ip":IP,"pod_port":"8080","ip_protocol":"TCP","traffic_type":"INGRESS",
            "traffic_in_out_ip":"10.0.0.1","traffic_in_out_port":"ephemeral","decision":"ALLOW","flows":3,
            "first_seen":"2026-05-12T10:32:14.000007Z","newest_first_seen":"2026-05-12T10:32:14.002007Z"}]
            """.ReplaceLineEndings("").Replace("POD", pod).Replace("IP,", oldest.GetProperty("data")[0].GetProperty("pod_ip").GetRawText() + ","),
            oldest.GetProperty("data").GetRawText());
        Assert.True(oldest.GetProperty("cut").GetBoolean());
        Assert.Equal((JsonValueKind.Null, "ports"), (oldest.GetProperty("next").ValueKind, oldest.GetProperty("collapse").GetString()));
    }

    [Theory]
    [InlineData("collapse=ips", "collapse")]
    [InlineData("collapse=ports&cursor=AAAA", "cursor")]
    [InlineData("collapse=ports&format=csv", "format")]
    [InlineData("collapse=ports&fields=uuid,pod_name", "fields")]
    [InlineData("collapse=ports&fields=flows", "fields")]
    [InlineData("collapse=ports&limit=1001", "limit")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("order=up", "order")]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=now", "from")]
    [InlineData("to=%00", "to")]
    [InlineData("to=-25h", "from")]
    [InlineData("fields=pod_name,nothing", "fields")]
    [InlineData("fields=uuid,uuid", "fields")]
    [InlineData("fields=uuid;DROP TABLE traffic", "fields")]
    [InlineData("filter=nothing=1", "filter")]
    [InlineData("filter=pod='", "filter")]
    [InlineData("cursor=AAAA", "cursor")]
    [InlineData("cursor=AAAA&format=csv", "cursor")]
    [InlineData("format=xml", "format")]
    [InlineData("page=2", "page")]
    [InlineData("Limit=2", "Limit")]
    [InlineData("order=asc&order=asc", "order")]
    public async Task Parameter_that_cannot_be_taken_is_400_that_names_it(string query, string name)
    {
        using var answer = await server.Api.GetAsync($"/api/v1/flows?{query}");

        var problem = await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, name);
        Assert.Equal(name, problem.GetProperty("parameter").GetString());
        Assert.NotEqual("", problem.GetProperty("allowed").GetString());
    }

    [Theory]
    [InlineData("filter")]
    [InlineData("from")]
    [InlineData("cursor")]
    public async Task Parameter_of_absurd_length_is_400_that_names_it(string name)
    {
        using var answer = await server.Api.GetAsync($"/api/v1/flows?{name}={new string('a', 100_000)}");

        var problem = await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, name);
        Assert.Equal(name, problem.GetProperty("parameter").GetString());
    }

    private static FlowEvent Recent(string pod, int hours) => FlowEvent.Of(pod, hours) with
    {
        TimeStamp = DateTime.UtcNow.AddHours(-hours).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
    };

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();

    private static FlowEvent[] Rows(JsonElement page) => [.. page.GetProperty("data").Deserialize<FlowEvent[]>()!.Select(row => row.FromNative())];

    private async Task<JsonElement> PageAsync(string query) => JsonDocument.Parse(await server.Api.GetTextAsync($"/api/v1/flows?{query}")).RootElement;
}
