using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Flows of one time and one uuid, which agents may send: each is one row, once, in every family.</summary>
[Collection(OnLocalServer.Name)]
public sealed class FlowIdentityTests(LocalServer server)
{
    private const string Window = "from=2037-01-01&to=2037-12-31";

    private readonly string _pod = FlowEvent.NewPod();

    [Theory]
    [InlineData("desc")]
    [InlineData("asc")]
    public async Task Seven_flows_of_one_time_and_uuid_are_seven_rows_on_four_pages(string order)
    {
        var flows = await PostAsync(Seven());

        Assert.Equal(
            7,
            JsonDocument.Parse(await server.Api.GetTextAsync($"/api/v1/flows/count?{Window}&filter=pod={_pod}"))
                .RootElement.GetProperty("flows").GetInt32());
        var pages = await WalkAsync(order, 2);

        Assert.Equal([2, 2, 2, 1], pages.Select(page => page.Length));
        Assert.Equal(order == "desc" ? flows : flows.Reverse(), pages.SelectMany(page => page));
    }

    [Fact]
    public async Task Every_family_shows_them_in_one_order()
    {
        var flows = await PostAsync([.. Seven(), .. Variants()]);
        var filter = $"{Window}&filter=pod={_pod}";

        Assert.Equal(flows, await server.Api.GetPodAsync(_pod));
        Assert.Equal(flows, Rows(await server.Api.GetTextAsync($"/api/v1/flows?{filter}&format=ndjson")));
        Assert.Equal(flows.Reverse(), Rows(await server.Api.GetTextAsync($"/api/v1/flows?{filter}&format=ndjson&order=asc")));
        Assert.Equal(flows, (await WalkAsync("desc", 3)).SelectMany(page => page));
        var csv = (await server.Api.GetTextAsync($"/api/v1/flows?{filter}&format=csv&fields=pod_port,decision"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(flows.Length + 1, csv.Length);
    }

    [Fact]
    public async Task Reports_and_events_have_an_id_of_their_own_each()
    {
        await PostAsync([.. Seven(), .. Variants()]);

        var reports = await PagesAsync(
            $"/api/v1/flow-reports?start=2037-01-01&end=2037-12-31&subscriber_id={_pod}&per_page=3&page=",
            json => json.GetProperty("result").GetProperty("items"));
        var events = await PagesAsync(
            $"/api/events/network-traffic?start_date=2037-01-01&end_date=2037-12-31&reporter_id={_pod}&page_size=3&page=",
            json => json.GetProperty("data"));
        var days = JsonDocument.Parse(await server.Api.GetTextAsync($"/api/v1/flow-reports?start=2037-01-01&end=2037-12-31&subscriber_id={_pod}&group_by=day"))
            .RootElement.GetProperty("result")[0].EnumerateObject().Single().Value.EnumerateArray().Select(row => row.GetProperty("id").GetUInt64()).ToList();

        var ids = reports.Select(row => row.GetProperty("id").GetUInt64()).ToList();
        Assert.Equal(11, ids.Distinct().Count());
        Assert.All(ids, id => Assert.InRange(id, 0UL, (1UL << 53) - 1));
        Assert.Equal(Enumerable.Reverse(ids), days);
        var flowIds = events.Select(row => row.GetProperty("flow_id").GetGuid()).ToList();
        Assert.Equal(11, flowIds.Distinct().Count());
        Assert.All(flowIds, id => Assert.Equal('8', id.ToString()[14]));
    }

    [Fact]
    public async Task Tail_has_each_of_them_once()
    {
        using var tail = new TailClient($"filter=pod={_pod}");
        await tail.OpenAsync(server.Api);

        var flows = await PostAsync(Seven());
        await tail.ReadAsync(7);

        Assert.Equal(flows.ToHashSet(), tail.Events.ToHashSet());
    }

    [Fact]
    public async Task Cursor_behind_texts_as_long_as_they_can_be_is_taken()
    {
        var longest = new string('x', 1024);
        var flows = await PostAsync(
        [
            .. Seven().Select(row => row with
            {
                PodIp = longest, TrafficType = longest, TrafficInOutIp = longest, IpProtocol = longest, Decision = longest,
            }),
        ]);

        Assert.Equal(flows, (await WalkAsync("desc", 2)).SelectMany(page => page));
    }

    [Fact]
    public async Task Cursor_of_another_version_is_refused()
    {
        using var answer = await server.Api.GetAsync($"/api/v1/flows?{Window}&cursor={new string('A', 99)}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("altered, or is of another store or version", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private IEnumerable<FlowEvent> Seven() => Enumerable.Range(0, 7).Select(port => FlowEvent.Of(_pod, 1) with
    {
        Uuid = Guid.Empty.ToString(),
        PodPort = $"{port}",
        TimeStamp = "2037-05-05T20:00:00.000001",
    });

    // None, empty, and zeros are different flows.
    private IEnumerable<FlowEvent> Variants()
    {
        var flow = Seven().First();
        return [flow with { PodPort = null }, flow with { PodPort = "" }, flow with { PodPort = "00" }, flow with { Decision = null }];
    }

    private async Task<FlowEvent[]> PostAsync(IEnumerable<FlowEvent> flows)
    {
        var rows = FlowEvent.NewestFirst(flows);
        Assert.Equal(rows.Length, await server.Api.PostBatchAsync(rows));
        return rows;
    }

    private async Task<List<FlowEvent[]>> WalkAsync(string order, int limit)
    {
        var pages = new List<FlowEvent[]>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = JsonDocument.Parse(
                await server.Api.GetTextAsync($"/api/v1/flows?{Window}&filter=pod={_pod}&order={order}&limit={limit}{cursor}")).RootElement;
            pages.Add([.. page.GetProperty("data").Deserialize<FlowEvent[]>()!.Select(row => row.FromNative())]);
            cursor = page.GetProperty("next").GetString() is { } next ? $"&cursor={next}" : null;
        }

        return pages;
    }

    private async Task<List<JsonElement>> PagesAsync(string path, Func<JsonElement, JsonElement> items)
    {
        var rows = new List<JsonElement>();
        for (var page = 1; page <= 4; page++)
        {
            rows.AddRange(items(JsonDocument.Parse(await server.Api.GetTextAsync($"{path}{page}")).RootElement).EnumerateArray());
        }

        return rows;
    }

    private static IEnumerable<FlowEvent> Rows(string lines) =>
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<FlowEvent>(line)!.FromNative());
}
