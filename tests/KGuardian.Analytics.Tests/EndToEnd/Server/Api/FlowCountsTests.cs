using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary><c>/api/v1/flows/count</c>, <c>/top</c>, <c>/timeseries</c>, <c>/edges</c>.</summary>
[Collection(OnLocalServer.Name)]
public sealed class FlowCountsTests(LocalServer server)
{
    private const string Window = "from=2026-05-12T00:00:00Z&to=2026-05-13";

    private readonly string _pod = FlowEvent.NewPod();

    [Fact]
    public async Task Count_is_exact_or_bounds_the_exact_one()
    {
        await server.Api.PostBatchAsync(FlowEvent.Many(_pod, 7));

        var exact = await GetAsync($"count?{Window}&filter=pod={_pod}");
        var fast = await GetAsync($"count?{Window}&filter=pod={_pod}&mode=fast");

        Assert.Equal(7, exact.GetProperty("flows").GetInt64());
        Assert.True(exact.GetProperty("exact").GetBoolean());
        Assert.InRange(7, fast.GetProperty("at_least").GetInt64(), fast.GetProperty("at_most").GetInt64());
        Assert.False(fast.GetProperty("exact").GetBoolean());
        Assert.Equal(0, (await GetAsync("count?from=1931-03-04&to=1931-03-05")).GetProperty("flows").GetInt64());
    }

    [Fact]
    public async Task Top_has_the_most_frequent_values_and_what_the_others_have()
    {
        // Ports 1 to 5, port n in n flows; one flow without a port.
        var rows = FlowEvent.Many(_pod, 16).Select((row, n) => row with { TrafficInOutPort = Port(n) });
        await server.Api.PostBatchAsync(rows);

        using var answer = await server.Api.GetAsync($"/api/v1/flows/top?{Window}&filter=pod={_pod}&by=peer_port,protocol&limit=2");
        var top = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.Equal("""[{"peer_port":"5","protocol":"TCP","flows":5},{"peer_port":"4","protocol":"TCP","flows":4}]""", top.GetProperty("data").GetRawText());
        Assert.Equal("""{"groups":4,"flows":7}""", top.GetProperty("other").GetRawText());
        Assert.True(top.GetProperty("cut").GetBoolean());
        Assert.Equal("true", answer.Headers.GetValues("X-Result-Cut").Single());
        var all = await GetAsync($"top?{Window}&filter=pod={_pod}&by=peer_port");
        Assert.Equal("""{"groups":0,"flows":0}""", all.GetProperty("other").GetRawText());
        Assert.Contains("""{"peer_port":null,"flows":1}""", all.GetProperty("data").GetRawText(), StringComparison.Ordinal);
        var none = await GetAsync($"top?from=1931-03-04&to=1931-03-05");
        Assert.Equal("[]", none.GetProperty("data").GetRawText());
        Assert.Equal("""{"groups":0,"flows":0}""", none.GetProperty("other").GetRawText());

        static string? Port(int n) => n == 15 ? null : n < 5 ? "5" : n < 9 ? "4" : n < 12 ? "3" : n < 14 ? "2" : "1";
    }

    [Fact]
    public async Task Series_has_every_step_of_the_window()
    {
        await server.Api.PostBatchAsync([.. FlowEvent.Many(_pod, 3), FlowEvent.Of(_pod, 3) with { TimeStamp = "2026-05-12T10:34:59.999999" }]);

        var series = await GetAsync($"timeseries?from=2026-05-12T10:31:30Z&to=2026-05-12T10:35:10Z&step=1m&filter=pod={_pod}");

        Assert.Equal(
            """
            [{"time":"2026-05-12T10:31:00Z","flows":0},{"time":"2026-05-12T10:32:00Z","flows":3},{"time":"2026-05-12T10:33:00Z","flows":0},
            {"time":"2026-05-12T10:34:00Z","flows":1},{"time":"2026-05-12T10:35:00Z","flows":0}]
            """.ReplaceLineEndings(""),
            series.GetProperty("data").GetRawText());
        Assert.Equal("first_seen", series.GetProperty("time").GetString());
        Assert.Equal(60, series.GetProperty("step_seconds").GetInt32());
    }

    [Fact]
    public async Task Series_before_1970_counts_as_any_other()
    {
        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 3) with { TimeStamp = "1969-12-31T23:59:59.500000" }]);

        var series = await GetAsync($"timeseries?from=1969-12-31T23:59:58Z&to=1970-01-01T00:00:01Z&step=1s&filter=pod={_pod}");

        Assert.Equal([0, 1, 0], series.GetProperty("data").EnumerateArray().Select(point => point.GetProperty("flows").GetInt32()));
    }

    // 2026-05-11 is a Monday, 2,940 weeks after the one that weeks are counted from: even and a multiple of 4, too.
    [Theory]
    [InlineData("1w", "2026-05-11T00:00:00Z,2026-05-18T00:00:00Z", "1,3")]
    [InlineData("7d", "2026-05-11T00:00:00Z,2026-05-18T00:00:00Z", "1,3")]
    [InlineData("2w", "2026-05-11T00:00:00Z", "4")]
    [InlineData("14d", "2026-05-11T00:00:00Z", "4")]
    [InlineData("4w", "2026-05-11T00:00:00Z", "4")]
    [InlineData("3w", "2026-05-11T00:00:00Z", "4")]
    [InlineData("52w", "2025-10-27T00:00:00Z", "4")]
    public async Task Series_of_weeks_begin_on_Mondays(string step, string times, string flows)
    {
        await server.Api.PostBatchAsync(new[] { "2026-05-17T23:59:59.999999", "2026-05-18T00:00:00", "2026-05-21T00:00:00", "2026-05-22T12:00:00" }
            .Select((time, n) => FlowEvent.Of(_pod, n) with { TimeStamp = time }));

        foreach (var (metric, value) in new[] { ("new", "flows"), ("active", "observations") })
        {
            var points = (await GetAsync($"timeseries?from=2026-05-14&to=2026-05-24&step={step}&metric={metric}&filter=pod={_pod}"))
                .GetProperty("data").EnumerateArray().ToArray();

            Assert.Equal(times, string.Join(',', points.Select(point => point.GetProperty("time").GetString())));
            Assert.Equal(flows, string.Join(',', points.Select(point => point.GetProperty(value).GetRawText())));
        }
    }

    [Fact]
    public async Task Weeks_before_1970_begin_on_Mondays_and_have_no_gaps()
    {
        await server.Api.PostBatchAsync(
        [
            FlowEvent.Of(_pod, 3) with { TimeStamp = "1969-12-28T23:59:59.999999" }, FlowEvent.Of(_pod, 4) with { TimeStamp = "1969-12-29T00:00:00" },
        ]);

        foreach (var (metric, value) in new[] { ("new", "flows"), ("active", "observations") })
        {
            var series = await GetAsync($"timeseries?from=1969-12-20&to=1970-01-13&step=1w&metric={metric}&filter=pod={_pod}");

            Assert.Equal(
                ["1969-12-15T00:00:00Z 0", "1969-12-22T00:00:00Z 1", "1969-12-29T00:00:00Z 1", "1970-01-05T00:00:00Z 0", "1970-01-12T00:00:00Z 0"],
                series.GetProperty("data").EnumerateArray()
                    .Select(point => $"{point.GetProperty("time").GetString()} {point.GetProperty(value).GetRawText()}"));
        }
    }

    [Theory]
    [InlineData("", 600)]
    [InlineData("from=-30m", 10)]
    [InlineData("from=-30d", 21_600)]
    public async Task Series_without_a_step_has_one_that_suits_the_window(string query, int seconds)
    {
        var series = await GetAsync($"timeseries?{query}");

        Assert.Equal(seconds, series.GetProperty("step_seconds").GetInt32());
        Assert.InRange(series.GetProperty("data").GetArrayLength(), 100, 201);
    }

    [Fact]
    public async Task Edges_are_pairs_whose_ephemeral_ports_collapse()
    {
        await server.Api.PostBatchAsync(FlowEvent.Many(_pod, 4).Select((row, n) => row with
        {
            TrafficInOutIp = "10.0.0.1",
            TrafficInOutPort = n == 0 ? "443" : $"{40_000 + n}",
        }));

        var edges = await GetAsync($"edges?{Window}&filter=pod={_pod}");
        var collapsed = await GetAsync($"edges?{Window}&filter=pod={_pod}&collapse=ports&by=namespace");
        var cut = await GetAsync($"edges?{Window}&filter=pod={_pod}&limit=2");

        Assert.Equal(4, edges.GetProperty("data").GetArrayLength());
        Assert.Equal(
            """
            [{"namespace":"tests","direction":"INGRESS","peer_ip":"10.0.0.1","peer_port":"ephemeral","protocol":"TCP","decision":"ALLOW","flows":3,
            "first_seen":"2026-05-12T10:32:14.001007Z","newest_first_seen":"2026-05-12T10:32:14.003007Z"},
            {"namespace":"tests","direction":"INGRESS","peer_ip":"10.0.0.1","peer_port":"443","protocol":"TCP","decision":"ALLOW","flows":1,
            "first_seen":"2026-05-12T10:32:14.000007Z","newest_first_seen":"2026-05-12T10:32:14.000007Z"}]
            """.ReplaceLineEndings(""),
            collapsed.GetProperty("data").GetRawText());
        Assert.Equal((2, true), (cut.GetProperty("data").GetArrayLength(), cut.GetProperty("cut").GetBoolean()));
    }

    [Fact]
    public async Task Top_by_observations_and_the_active_series_count_repeats()
    {
        // Flow n has n repeats, an hour later each; one flow of another protocol has none.
        var rows = FlowEvent.Many(_pod, 4).Select((row, n) => row with { TrafficInOutPort = $"{(n < 2 ? 1 : 2)}" }).ToArray();
        await server.Api.PostBatchAsync([.. rows, FlowEvent.Of(_pod, 9) with { IpProtocol = "UDP" }]);
        foreach (var (row, n) in rows.Select((row, n) => (row, n)))
        {
            await server.Api.PostBatchAsync(Enumerable.Range(1, n).Select(hour => row with { TimeStamp = $"2026-05-12T{11 + hour}:59:59.999999" }));
        }

        await Patience.UntilAsync("activity is stored", async () =>
            (await GetAsync($"top?{Window}&filter=pod={_pod}&metric=observations")).GetProperty("data")[0].GetProperty("observations").GetInt64() == 11);

        var top = await GetAsync($"top?{Window}&filter=pod={_pod}&by=peer_port,protocol&metric=observations&limit=1");
        var filtered = await GetAsync($"top?{Window}&filter=pod={_pod}%20and%20observations%3E=3&by=protocol&metric=observations");
        var series = await GetAsync($"timeseries?from=2026-05-12T10:45:00Z&to=2026-05-12T14:30:00Z&filter=pod={_pod}&metric=active");

        Assert.Equal("""[{"peer_port":"2","protocol":"TCP","flows":2,"observations":7}]""", top.GetProperty("data").GetRawText());
        Assert.Equal("""{"groups":2,"flows":3,"observations":4}""", top.GetProperty("other").GetRawText());
        Assert.Equal("observations", top.GetProperty("metric").GetString());
        Assert.Equal("""[{"protocol":"TCP","flows":2,"observations":7}]""", filtered.GetProperty("data").GetRawText());
        // The first hour has the first observations, also those before 10:45: hours are whole.
        Assert.Equal([5, 0, 3, 2, 1], series.GetProperty("data").EnumerateArray().Select(point => point.GetProperty("observations").GetInt32()));
        Assert.Equal(("active", "observed", 3600), (
            series.GetProperty("metric").GetString(), series.GetProperty("time").GetString(), series.GetProperty("step_seconds").GetInt32()));
        Assert.Equal("2026-05-12T15:00:00.000000Z", series.GetProperty("window").GetProperty("to").GetString());
        var later = await GetAsync($"timeseries?from=2026-05-12T12:00:00Z&to=2026-05-12T15:00:00Z&step=3h&filter=pod={_pod}&metric=active");
        Assert.Equal([6], later.GetProperty("data").EnumerateArray().Select(point => point.GetProperty("observations").GetInt32()));
        var all = await GetAsync("timeseries?from=2026-05-12T12:00:00Z&to=2026-05-12T15:00:00Z&step=3h&metric=active");
        Assert.InRange(all.GetProperty("data")[0].GetProperty("observations").GetInt32(), 6, int.MaxValue);
    }

    [Theory]
    [InlineData("timeseries?metric=active&step=30m", "step")]
    [InlineData("timeseries?metric=active&step=90m", "step")]
    [InlineData("timeseries?metric=old", "metric")]
    [InlineData("top?metric=observations&metric=flows", "metric")]
    [InlineData("count?mode=rough", "mode")]
    [InlineData("count?limit=1", "limit")]
    [InlineData("top?by=", "by")]
    [InlineData("top?by=pod,pod", "by")]
    [InlineData("top?by=pod,uuid", "by")]
    [InlineData("top?by=pod,namespace,peer_ip,peer_port", "by")]
    [InlineData("top?metric=bytes", "metric")]
    [InlineData("top?limit=1001", "limit")]
    [InlineData("top?collapse=all", "collapse")]
    [InlineData("timeseries?step=0s", "step")]
    [InlineData("timeseries?step=s", "step")]
    [InlineData("timeseries?step=-1h", "step")]
    [InlineData("timeseries?step=1y", "step")]
    [InlineData("timeseries?step=1s", "step")]
    [InlineData("edges?by=node", "by")]
    [InlineData("edges?limit=10001", "limit")]
    [InlineData("edges?filter=((", "filter")]
    public async Task Parameter_that_cannot_be_taken_is_400_that_names_it(string query, string name)
    {
        using var answer = await server.Api.GetAsync($"/api/v1/flows/{query}");

        var problem = await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, name);
        Assert.Equal(name, problem.GetProperty("parameter").GetString());
    }

    private async Task<JsonElement> GetAsync(string query) => JsonDocument.Parse(await server.Api.GetTextAsync($"/api/v1/flows/{query}")).RootElement;
}
