using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary><c>GET /api/events/network-traffic</c> as its contract documents it. Windows are of years in which no other test puts flows.</summary>
[Collection(OnLocalServer.Name)]
public sealed class NetworkTrafficTests(LocalServer server)
{
    private const string Path = "/api/events/network-traffic";

    [Fact]
    public async Task Event_has_the_documented_shape()
    {
        var row = Egress("2032-01-01T10:00:00.123456");
        await server.Api.PostBatchAsync([row]);

        var answer = await GetAsync("start_date=2032-01-01T00:00:00Z&end_date=2032-01-01T23:59:59Z");

        const string Unknown = "\"geo_location\":{\"city_name\":\"\",\"country_code\":\"\"},\"os\":\"\"";
        Assert.Equal(
            $$"""
            {"data":[{"flow_id":"{{answer.GetProperty("data")[0].GetProperty("flow_id").GetGuid()}}","reporter_id":"tests/{{row.PodName}}",
            "source":{"id":"tests/{{row.PodName}}","type":"POD","name":"{{row.PodName}}",{{Unknown}},"address":"[{{row.PodIp}}]:10000","dns_label":""},
            "destination":{"id":"8.8.4.4","type":"EXTERNAL","name":"",{{Unknown}},"address":"8.8.4.4:53","dns_label":""},
            "user":{"id":"","email":"","name":""},"policy":{"id":"","name":""},"protocol":17,"direction":"EGRESS",
            "rx_bytes":null,"rx_packets":null,"tx_bytes":null,"tx_packets":null,
            "events":[{"type":"TYPE_START","timestamp":"2032-01-01T10:00:00.123Z"}],
            "observations":1,"last_seen":"2032-01-01T10:00:00.123Z","uuid":"{{row.Uuid}}"}],
            "page":1,"page_size":100,"total_records":1,"total_pages":1}
            """.ReplaceLineEndings(""),
            answer.GetRawText());
    }

    [Fact]
    public async Task Peer_that_is_one_known_pod_is_a_pod_and_else_external()
    {
        var (one, both) = (Egress("2032-01-02T00:00:00"), Egress("2032-01-02T00:00:01"));
        var shared = Egress("2032-01-02T00:00:02") with { PodIp = both.PodIp, PodPort = "10001" };
        var caller = Egress("2032-01-02T00:00:03") with { TrafficType = "INGRESS", TrafficInOutIp = one.PodIp, IpProtocol = "ICMP", Decision = "DROP" };
        await server.Api.PostBatchAsync(
        [
            one, both, shared, caller,
            caller with { Uuid = Guid.NewGuid().ToString("D"), TrafficInOutIp = both.PodIp, TimeStamp = "2032-01-02T00:00:04" },
        ]);

        var rows = (await GetAsync($"start_date=2032-01-02&end_date=2032-01-02&reporter_id=tests/{caller.PodName}"))
            .GetProperty("data").EnumerateArray().ToArray();

        Assert.Equal(["EXTERNAL", "POD"], rows.Select(row => row.GetProperty("source").GetProperty("type").GetString()!));
        Assert.Equal([both.PodIp!, $"tests/{one.PodName}"], rows.Select(row => row.GetProperty("source").GetProperty("id").GetString()!));
        Assert.Equal(["", one.PodName!], rows.Select(row => row.GetProperty("source").GetProperty("name").GetString()!));
        Assert.All(rows, row => Assert.Equal($"tests/{caller.PodName}", row.GetProperty("destination").GetProperty("id").GetString()));
        Assert.All(rows, row => Assert.Equal("TYPE_DROP", row.GetProperty("events")[0].GetProperty("type").GetString()));
        Assert.All(rows, row => Assert.Equal("""{"type":null,"code":null}""", row.GetProperty("icmp").GetRawText()));
    }

    [Theory]
    [InlineData("", 4)]
    [InlineData("reporter_id=tests/{0}", 4)]
    [InlineData("reporter_id={0}", 4)]
    [InlineData("reporter_id=x/{0}", 0)]
    [InlineData("user_id=google-oauth2|1", 0)]
    [InlineData("protocol=17", 3)]
    [InlineData("protocol=6", 1)]
    [InlineData("protocol=0", 0)]
    [InlineData("type=TYPE_START", 3)]
    [InlineData("type=TYPE_DROP", 1)]
    [InlineData("type=TYPE_END", 0)]
    [InlineData("connection_type=P2P", 0)]
    [InlineData("connection_type=ROUTED", 0)]
    [InlineData("direction=INGRESS", 1)]
    [InlineData("direction=EGRESS", 2)]
    [InlineData("direction=DIRECTION_UNKNOWN", 1)]
    [InlineData("search={0}", 4)]
    [InlineData("search=TESTS/{0}", 0)]
    [InlineData("search=tests/{0}", 4)]
    [InlineData("search=8.4.4", 4)]
    [InlineData("search=8.8.4.4:53", 3)]
    [InlineData("search=nothing-is-called-so", 0)]
    [InlineData("page_size=1000", 4)]
    public async Task Filter_chooses(string filter, int count)
    {
        var pod = FlowEvent.NewPod();
        var row = Egress("2032-02-01T00:00:00") with { PodName = pod, PodIp = FlowEvent.Of(pod, 0).PodIp };
        await server.Api.PostBatchAsync(
        [
            row,
            row with { Uuid = Guid.NewGuid().ToString("D"), TrafficType = "INGRESS", TrafficInOutPort = "54" },
            row with { Uuid = Guid.NewGuid().ToString("D"), TrafficType = "LOCAL", Decision = "DROP" },
            row with { Uuid = Guid.NewGuid().ToString("D"), IpProtocol = "TCP" },
        ]);

        var query = string.Format(CultureInfo.InvariantCulture, filter, pod);
        var answer = await GetAsync(
            $"start_date=2032-02-01&end_date=2032-02-01&{query}{(query.Contains("reporter_id", StringComparison.Ordinal) ? "" : $"&reporter_id={pod}")}"
                .Replace("&&", "&", StringComparison.Ordinal));

        Assert.Equal((count, count), (answer.GetProperty("total_records").GetInt32(), answer.GetProperty("data").GetArrayLength()));
    }

    [Fact]
    public async Task Pages_follow_each_other_newest_first()
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 105));
        await server.Api.PostBatchAsync(rows);

        // No dates: all that are kept.
        var first = await GetAsync($"reporter_id={pod}");
        var second = await GetAsync($"reporter_id={pod}&page=2");

        Assert.Equal(
            (105, 2, 100),
            (first.GetProperty("total_records").GetInt32(), first.GetProperty("total_pages").GetInt32(), first.GetProperty("page_size").GetInt32()));
        Assert.Equal(
            rows.Select(row => row.Uuid),
            new[] { first, second }
                .SelectMany(page => page.GetProperty("data").EnumerateArray())
                .Select(row => row.GetProperty("uuid").GetString()));
        Assert.Equal(0, (await GetAsync($"reporter_id={pod}&page=2147483647&page_size=1000")).GetProperty("data").GetArrayLength());
        Assert.Equal(0, (await GetAsync("start_date=1901-01-01&end_date=1901-01-01")).GetProperty("total_pages").GetInt32());
    }

    [Fact]
    public async Task End_date_is_part_of_the_window()
    {
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync(
            new[] { "2032-03-01T00:00:00.000000", "2032-03-01T00:00:00.000001" }
                .Select((time, n) => FlowEvent.Of(pod, n) with { TimeStamp = time }));

        Assert.Equal(1, (await GetAsync("start_date=2032-03-01&end_date=2032-03-01T00:00:00.000000Z")).GetProperty("total_records").GetInt32());
        Assert.Equal(2, (await GetAsync("start_date=2032-03-01&end_date=2032-03-01T00:00:00Z")).GetProperty("total_records").GetInt32());
    }

    private static FlowEvent Egress(string time) => FlowEvent.Of(FlowEvent.NewPod(), 0) with
    {
        TrafficType = "EGRESS",
        PodPort = "10000",
        TrafficInOutIp = "8.8.4.4",
        TrafficInOutPort = "53",
        IpProtocol = "UDP",
        TimeStamp = time,
    };

    private async Task<JsonElement> GetAsync(string query) => JsonDocument.Parse(await server.Api.GetTextAsync($"{Path}?{query}")).RootElement;
}
