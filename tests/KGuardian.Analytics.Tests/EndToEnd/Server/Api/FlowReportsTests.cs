using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary><c>GET /api/v1/flow-reports</c> as its contract documents it. Windows are of years in which no other test puts flows.</summary>
[Collection(OnLocalServer.Name)]
public sealed class FlowReportsTests(LocalServer server)
{
    private const string Path = "/api/v1/flow-reports";

    private static readonly string[] Names =
    [
        "id", "subscriber_id", "source_ip", "destination_ip", "source_port", "destination_port", "protocol", "observations", "start_time", "end_time",
        "direction", "action", "uuid",
    ];

    [Fact]
    public async Task Item_has_the_documented_names_types_and_order()
    {
        var uplink = Egress("2031-01-05T10:30:00.123456");
        await server.Api.PostBatchAsync([uplink]);

        var result = await ResultAsync("start=2031-01-05&end=2031-01-05");
        var item = Assert.Single(result.GetProperty("items").EnumerateArray());

        Assert.Equal(["items", "page", "per_page", "total_count"], result.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            (1, 25, 1),
            (result.GetProperty("page").GetInt32(), result.GetProperty("per_page").GetInt32(), result.GetProperty("total_count").GetInt32()));
        Assert.Equal(Names, item.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            $$"""
            {"id":{{item.GetProperty("id").GetUInt64()}},"subscriber_id":"tests/{{uplink.PodName}}","source_ip":"{{uplink.PodIp}}","destination_ip":"8.8.8.8",
            "source_port":10000,"destination_port":53,"protocol":17,"observations":1,
            "start_time":"2031-01-05T10:30:00.123Z","end_time":"2031-01-05T10:30:00.123Z","direction":"uplink","action":"allow","uuid":"{{uplink.Uuid}}"}
            """.ReplaceLineEndings(""),
            item.GetRawText());
    }

    [Fact]
    public async Task Source_of_a_downlink_is_the_peer()
    {
        var downlink = Egress("2031-01-06T10:00:00") with { TrafficType = "INGRESS", Decision = "DROP", IpProtocol = "UNKNOWN(47)" };
        await server.Api.PostBatchAsync([downlink]);

        var item = Assert.Single(await ItemsAsync("start=2031-01-06&end=2031-01-06"));

        Assert.Equal(("8.8.8.8", downlink.PodIp), (item.GetProperty("source_ip").GetString(), item.GetProperty("destination_ip").GetString()));
        Assert.Equal((53, 10000), (item.GetProperty("source_port").GetInt32(), item.GetProperty("destination_port").GetInt32()));
        Assert.Equal(
            ("downlink", "drop", 47),
            (item.GetProperty("direction").GetString(), item.GetProperty("action").GetString(), item.GetProperty("protocol").GetInt32()));
    }

    [Fact]
    public async Task Flow_without_most_of_its_fields_is_a_row_too()
    {
        await server.Api.PostBatchAsync(
        [
            new FlowEvent { Uuid = Guid.NewGuid().ToString("D"), TimeStamp = "2031-01-07T01:00:00.000000" },
            new FlowEvent
            {
                Uuid = Guid.NewGuid().ToString("D"), TimeStamp = "2031-01-07T02:00:00.000000", PodIp = "fd00:31::1",
                TrafficType = "LOCAL", Decision = "AUDIT", PodPort = "", IpProtocol = "GRE",
            },
        ]);

        var items = await ItemsAsync("start=2031-01-07&end=2031-01-07");

        Assert.Equal(["fd00:31::1", ""], items.Select(item => item.GetProperty("subscriber_id").GetString()!));
        Assert.Equal(["fd00:31::1", null], items.Select(item => item.GetProperty("source_ip").GetString()));
        Assert.Equal(["audit", null], items.Select(item => item.GetProperty("action").GetString()));
        Assert.All(items, item => Assert.All(
            new[] { "destination_ip", "source_port", "destination_port", "protocol", "direction" },
            name => Assert.Equal(JsonValueKind.Null, item.GetProperty(name).ValueKind)));
        Assert.Single(await ItemsAsync("start=2031-01-07&end=2031-01-07&source=[fd00:31::1]&subscriber_id=fd00:31::1"));
    }

    [Fact]
    public async Task Window_is_the_last_seven_days_unless_dates_say_otherwise()
    {
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(new[] { 1, 24 * 6, (24 * 7) + 1 }.Select((hours, n) => FlowEvent.Of(pod, n) with { TimeStamp = HoursAgo(hours) }));

        Assert.Equal(2, await CountAsync($"subscriber_id=tests/{pod}"));
        Assert.Equal(3, await CountAsync($"subscriber_id=tests/{pod}&start=now-9d"));
        Assert.Equal(1, await CountAsync($"subscriber_id=tests/{pod}&start=-9d&end=now-7d"));
        Assert.Equal(3, await CountAsync($"subscriber_id=tests/{pod}&start={DateTime.UtcNow.AddDays(-9):yyyy-MM-dd}&end={DateTime.UtcNow:yyyy-MM-dd}"));
    }

    [Fact]
    public async Task Days_are_whole_and_in_UTC()
    {
        var rows = new[] { "2031-02-01T23:59:59.999999", "2031-02-02T00:00:00.000000", "2031-02-02T23:59:59.999999", "2031-02-03T00:00:00.000000" };
        await server.Api.PostBatchAsync(rows.Select(Egress));

        Assert.Equal(["2031-02-02T23:59:59.999Z", "2031-02-02T00:00:00.000Z"], (await ItemsAsync("start=2031-02-02&end=2031-02-02")).Select(Start));
        Assert.Equal(4, await CountAsync("start=2031-02-01&end=2031-02-03"));
        Assert.Equal(1, await CountAsync("start=2031-02-02T00:00:00Z&end=2031-02-02T00:00:00Z"));
    }

    [Theory]
    [InlineData("2033-06-01T10:20:30.123Z", 3)]
    [InlineData("2033-06-01T12:20:30.123+02:00", 3)]
    [InlineData("2033-06-01T10:20:30.123", 3)]
    [InlineData("2033-06-01T10:20:30.123456Z", 1)]
    [InlineData("2033-06-01T10:20:30.123456789Z", 1)]
    [InlineData("2033-06-01T10:20:30.1Z", 4)]
    [InlineData("2033-06-01T10:20:30Z", 5)]
    [InlineData("2033-06-01%2010:20:30", 5)]
    [InlineData("2033-06-01T10:20Z", 6)]
    [InlineData("2033-06-01", 7)]
    [InlineData("2033-06-01T10:20:30.122Z", 0)]
    [InlineData("2033-06-01T10:20:30.125Z", 0)]
    public async Task End_covers_what_it_is_written_to(string time, int flows)
    {
        var pod = FlowEvent.NewPod();
        string[] times =
        [
            "2033-06-01T10:20:30.123000", "2033-06-01T10:20:30.123456", "2033-06-01T10:20:30.123999", "2033-06-01T10:20:30.124000",
            "2033-06-01T10:20:30.999999", "2033-06-01T10:20:59.999999", "2033-06-01T23:59:59.999999", "2033-06-02T00:00:00.000000",
        ];
        await server.Api.PostBatchAsync(times.Select((at, n) => FlowEvent.Of(pod, n) with { TimeStamp = at }));
        time = time.Replace("+", "%2B", StringComparison.Ordinal);

        Assert.Equal(flows, await CountAsync($"subscriber_id={pod}&start={time}&end={time}"));
        var events = JsonDocument.Parse(
            await server.Api.GetTextAsync($"/api/events/network-traffic?reporter_id={pod}&start_date={time}&end_date={time}")).RootElement;
        Assert.Equal(flows, events.GetProperty("total_records").GetInt32());
        foreach (var field in new[] { "time", "last_seen" })
        {
            Assert.Equal(flows, await FilteredAsync($"{field} = {time}"));
            Assert.Equal(times.Length - flows, await FilteredAsync($"{field} != {time}"));
            var (upTo, before, from, behind) = (
                await FilteredAsync($"{field} <= {time}"), await FilteredAsync($"{field} < {time}"),
                await FilteredAsync($"{field} >= {time}"), await FilteredAsync($"{field} > {time}"));
            Assert.Equal((flows, flows, times.Length), (upTo - before, from - behind, before + from));
        }

        async Task<int> FilteredAsync(string filter) => JsonDocument.Parse(
            await server.Api.GetTextAsync("/api/v1/flows/count?from=2033-01-01&to=2034-01-01"
                + $"&filter=pod={pod} and {filter.Replace(time, $"'{time}'", StringComparison.Ordinal)}"))
            .RootElement.GetProperty("flows").GetInt32();
    }

    [Fact]
    public async Task Every_report_is_found_by_the_times_that_it_shows()
    {
        string[] times =
        [
            "1969-12-31T23:59:59.999999", "1969-12-31T23:59:59.000001", "1970-01-01T00:00:00.000001", "1901-02-03T04:05:06.000999",
            "2033-06-11T10:00:00.999999",
        ];
        string[] shown =
        [
            "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.000Z", "1970-01-01T00:00:00.000Z", "1901-02-03T04:05:06.000Z",
            "2033-06-11T10:00:00.999Z",
        ];
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(times.Select((at, n) => FlowEvent.Of(pod, n) with { TimeStamp = at }));

        foreach (var (time, n) in shown.Select((time, n) => (time, n)))
        {
            var report = Assert.Single(await ItemsAsync($"subscriber_id={pod}&start={time}&end={time}"));
            Assert.Equal((FlowEvent.Of(pod, n).Uuid, time, time), (Uuid(report), Start(report), report.GetProperty("end_time").GetString()));
            var (day, rows) = Assert.Single(await GroupsAsync($"subscriber_id={pod}&start={time}&end={time}&group_by=day"));
            Assert.Equal((time[..10], time), (day, Start(Assert.Single(rows))));
            var found = JsonDocument.Parse(
                await server.Api.GetTextAsync($"/api/events/network-traffic?reporter_id={pod}&start_date={time}&end_date={time}")).RootElement;
            var shownEvent = Assert.Single(found.GetProperty("data").EnumerateArray());
            Assert.Equal(
                (time, time),
                (shownEvent.GetProperty("events")[0].GetProperty("timestamp").GetString(), shownEvent.GetProperty("last_seen").GetString()));
        }
    }

    [Fact]
    public async Task Last_seen_before_1970_is_cut_towards_the_past()
    {
        var row = FlowEvent.Of(FlowEvent.NewPod(), 1) with { TimeStamp = "1969-12-30T10:00:00" };
        await server.Api.PostBatchAsync([row]);
        await server.Api.PostBatchAsync([row with { Uuid = Guid.NewGuid().ToString("D"), TimeStamp = "1969-12-31T23:59:59.999999" }]);

        foreach (var query in new[] { "", "&group_by=day" })
        {
            await Patience.UntilAsync("the repeat is stored", async () =>
                (await server.Api.GetTextAsync($"/api/v1/flow-reports?subscriber_id={row.PodName}&start=1969-12-30&end=1969-12-30{query}"))
                    .Contains("\"end_time\":\"1969-12-31T23:59:59.999Z\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Pages_follow_each_other_newest_first_and_count_all()
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 57).Select((row, n) => row with { TimeStamp = FlowEvent.Time(n / 5) }));
        await server.Api.PostBatchAsync(rows);
        var query = $"start=2026-05-12&end=2026-05-12&subscriber_id={pod}";

        Assert.Equal(25, (await ItemsAsync(query)).Length);
        var pages = new List<string>();
        for (var page = 1; page <= 4; page++)
        {
            var result = await ResultAsync($"{query}&per_page=20&page={page}");
            Assert.Equal(
                (page, 20, 57),
                (result.GetProperty("page").GetInt32(), result.GetProperty("per_page").GetInt32(), result.GetProperty("total_count").GetInt32()));
            pages.AddRange(result.GetProperty("items").EnumerateArray().Select(Uuid));
        }

        Assert.Equal(rows.Select(row => row.Uuid), pages);
        Assert.Empty(await ItemsAsync($"{query}&page=2147483647&per_page=100"));
        Assert.Equal(57, (await ItemsAsync($"{query}&per_page=100")).Length);
    }

    [Theory]
    [InlineData("subscriber_id=tests/{0}", 4)]
    [InlineData("subscriber_id={0}", 4)]
    [InlineData("subscriber_id=other/{0}", 0)]
    [InlineData("subscriber_id=ests/{0}", 0)]
    [InlineData("protocol=17", 3)]
    [InlineData("protocol=6", 1)]
    [InlineData("protocol=255", 0)]
    [InlineData("direction=uplink", 3)]
    [InlineData("direction=downlink", 1)]
    [InlineData("action=allow", 3)]
    [InlineData("action=drop", 1)]
    [InlineData("source=8.8.8.8", 1)]
    [InlineData("source=:53", 1)]
    [InlineData("source=8.8.8.8:54", 0)]
    [InlineData("destination=8.8.8.8", 2)]
    [InlineData("destination=8.8.0.0/16", 2)]
    [InlineData("destination=8.8.8.8:53", 2)]
    [InlineData("destination=8.8.0.0/16:53", 2)]
    [InlineData("destination=:53", 2)]
    [InlineData("destination=:443", 1)]
    [InlineData("destination=2001:DB8:0::1", 1)]
    [InlineData("destination=[2001:db8::1]", 1)]
    [InlineData("destination=[2001:db8::1]:443", 1)]
    [InlineData("destination=[2001:db8::/32]:443", 1)]
    [InlineData("destination=[2001:db8::1]:444", 0)]
    [InlineData("destination=2001:db8::/32", 1)]
    [InlineData("direction=uplink&action=allow&protocol=17&destination=8.8.8.8:53", 1)]
    public async Task Filter_chooses(string filter, int count)
    {
        var pod = FlowEvent.NewPod();
        var row = Egress("2031-03-01T00:00:00") with { PodName = pod, PodIp = FlowEvent.Of(pod, 0).PodIp };
        await server.Api.PostBatchAsync(
        [
            row,
            row with { Uuid = Guid.NewGuid().ToString("D"), TrafficType = "INGRESS" },
            row with { Uuid = Guid.NewGuid().ToString("D"), Decision = "DROP" },
            row with { Uuid = Guid.NewGuid().ToString("D"), TrafficInOutIp = "2001:db8::1", TrafficInOutPort = "443", IpProtocol = "TCP" },
        ]);

        var query = string.Format(CultureInfo.InvariantCulture, filter, pod);
        Assert.Equal(count, await CountAsync(
            $"start=2031-03-01&end=2031-03-01&{query}{(query.Contains("subscriber_id", StringComparison.Ordinal) ? "" : $"&subscriber_id={pod}")}"));
    }

    [Fact]
    public async Task Flow_seen_again_ends_later_and_counts_its_observations_also_in_groups()
    {
        var row = Egress("2019-04-01T10:00:00.000000");
        await server.Api.PostBatchAsync([row, Egress("2019-04-01T09:00:00.000000")]);
        await server.Api.PostBatchAsync([row with { TimeStamp = "2019-04-01T10:05:00.500000" }, row with { TimeStamp = "2019-04-01T12:00:00.250000" }]);

        JsonElement[] items = [];
        await Patience.UntilAsync("activity is stored", async () =>
            (items = await ItemsAsync("start=2019-04-01&end=2019-04-01"))[0].GetProperty("observations").GetInt32() > 1);

        Assert.Equal([3, 1], items.Select(item => item.GetProperty("observations").GetInt32()));
        Assert.Equal(["2019-04-01T12:00:00.250Z", "2019-04-01T09:00:00.000Z"], items.Select(item => item.GetProperty("end_time").GetString()!));
        Assert.Equal("2019-04-01T10:00:00.000Z", Start(items[0]));
        foreach (var grouping in new[] { "day", "subscriber" })
        {
            var grouped = (await GroupsAsync($"start=2019-04-01&end=2019-04-01&group_by={grouping}")).SelectMany(group => group.Rows).ToArray();
            Assert.Equal(
                items.Select(item => item.GetRawText()).Order(StringComparer.Ordinal),
                grouped.Select(item => item.GetRawText()).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Groups_have_the_rows_of_the_list()
    {
        // Names that would break a document made of pieces, and that sort in bytes.
        string[] pods = ["quote\"d", "back\\slash", "comma,\"~group\":\"x", "ünï-😀", "line\nend", "plain", "{\"}]", "/"];
        var rows = pods.SelectMany((pod, p) => Enumerable.Range(0, 5).Select(n => FlowEvent.Of($"{nameof(Groups_have_the_rows_of_the_list)}/{p}", n) with
        {
            PodName = pod,
            PodNamespace = p % 2 == 0 ? "tests" : "",
            TimeStamp = $"2031-05-0{1 + n}T0{p}:00:00.000000",
        })).ToArray();
        await server.Api.PostBatchAsync(rows);
        const string Window = "start=2031-05-01&end=2031-05-05";
        var list = await ItemsAsync($"{Window}&per_page=100");
        Assert.Equal(rows.Length, list.Length);

        var days = await GroupsAsync($"{Window}&group_by=day");
        Assert.Equal(Enumerable.Range(1, 5).Select(day => $"2031-05-0{day}"), days.Select(day => day.Key));
        Assert.All(days, day => Assert.All(day.Rows, row => Assert.StartsWith(day.Key, Start(row), StringComparison.Ordinal)));
        Assert.Equal(list.Reverse().Select(Values), days.SelectMany(day => day.Rows).Select(Values));

        var subscribers = await GroupsAsync($"{Window}&group_by=subscriber");
        Assert.Equal(
            pods.Select((pod, p) => p % 2 == 0 ? $"tests/{pod}" : pod).Order(StringComparer.Ordinal),
            subscribers.Select(group => group.Key).Order(StringComparer.Ordinal));
        Assert.All(subscribers, group => Assert.All(group.Rows, row => Assert.Equal(group.Key, row.GetProperty("subscriber_id").GetString())));
        Assert.Equal(
            list.Select(Values).Order(StringComparer.Ordinal),
            subscribers.SelectMany(group => group.Rows).Select(Values).Order(StringComparer.Ordinal));
        foreach (var pod in pods)
        {
            Assert.Equal(5, await CountAsync($"{Window}&subscriber_id={Uri.EscapeDataString(pod)}"));
        }
    }

    [Fact]
    public async Task Groups_of_nothing_are_none() =>
        Assert.Equal("""{"result":[]}""", await server.Api.GetTextAsync($"{Path}?start=1901-01-01&end=1901-01-02&group_by=subscriber&page=1&per_page=25"));

    [Fact]
    public async Task Stats_count_protocols_and_uplink_destinations()
    {
        var row = Egress("2031-06-01T00:00:00");
        var rows = Enumerable.Range(0, 12).SelectMany(ip => Enumerable.Range(0, ip + 1).Select(n => row with
        {
            Uuid = Guid.NewGuid().ToString("D"),
            TrafficInOutIp = $"9.9.9.{ip}",
            TrafficInOutPort = $"{n}",
            IpProtocol = n == 0 ? "UDP" : "TCP",
        })).Append(row with { Uuid = Guid.NewGuid().ToString("D"), TrafficType = "INGRESS", Decision = "DROP", IpProtocol = "17" });
        await server.Api.PostBatchAsync(rows);

        var stats = await server.Api.GetTextAsync($"{Path}/stats?start=2031-06-01&end=2031-06-01");
        var top = string.Join(',', Enumerable.Range(2, 10).Reverse().Select(ip => $$"""{"ip":"9.9.9.{{ip}}","count":{{ip + 1}}}"""));
        Assert.Equal($$$"""{"result":{"protocols":[{"protocol":6,"count":66},{"protocol":17,"count":13}],"top_destinations_uplink":[{{{top}}}]}}""", stats);
        Assert.Equal(
            """{"result":{"protocols":[{"protocol":17,"count":1}],"top_destinations_uplink":[]}}""",
            await server.Api.GetTextAsync(
                $"{Path}/stats?start=2031-06-01&end=2031-06-01&direction=downlink&action=drop&protocol=17"
                + $"&subscriber_id=tests/{row.PodName}&source=8.8.8.8&destination={row.PodIp}"));
        Assert.Equal(
            """{"result":{"protocols":[],"top_destinations_uplink":[]}}""", await server.Api.GetTextAsync($"{Path}/stats?start=1901-01-01&end=1901-01-02"));
    }

    private static FlowEvent Egress(string time)
    {
        var pod = FlowEvent.NewPod();
        return FlowEvent.Of(pod, 0) with
        {
            TrafficType = "EGRESS",
            PodPort = "10000",
            TrafficInOutIp = "8.8.8.8",
            TrafficInOutPort = "53",
            IpProtocol = "UDP",
            TimeStamp = time,
        };
    }


    private static string HoursAgo(int hours) => DateTime.UtcNow.AddHours(-hours).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private static string Start(JsonElement item) => item.GetProperty("start_time").GetString()!;

    private static string Uuid(JsonElement item) => item.GetProperty("uuid").GetString()!;

    // Escapes differ: ClickHouse's rows come as they are, others are written by .NET.
    private static string Values(JsonElement item) => JsonSerializer.Serialize(item);

    private async Task<int> CountAsync(string query) => (await ResultAsync(query)).GetProperty("total_count").GetInt32();

    private async Task<JsonElement[]> ItemsAsync(string query) => [.. (await ResultAsync(query)).GetProperty("items").EnumerateArray()];

    private async Task<(string Key, JsonElement[] Rows)[]> GroupsAsync(string query) =>
        [.. (await ResultAsync(query)).EnumerateArray().Select(group => Assert.Single(group.EnumerateObject()))
            .Select(group => (group.Name, group.Value.EnumerateArray().ToArray()))];

    private async Task<JsonElement> ResultAsync(string query) =>
        Assert.Single(JsonDocument.Parse(await server.Api.GetTextAsync($"{Path}?{query}")).RootElement.EnumerateObject()).Value;
}
