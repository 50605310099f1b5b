using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary><c>/api/v1/flows/tail</c>: new flows as events, each once.</summary>
[Collection(OnLocalServer.Name)]
public sealed class FlowTailTests(LocalServer server)
{
    private readonly string _pod = FlowEvent.NewPod();

    [Fact]
    public async Task Events_are_the_new_flows_of_the_filter_as_lines_of_JSON()
    {
        var rows = FlowEvent.Many(_pod, 5);
        await server.Api.PostBatchAsync(rows[..1]);
        using var tail = new TailClient($"filter=pod={_pod}");
        await tail.OpenAsync(server.Api);

        await server.Api.PostBatchAsync([.. rows[..3], FlowEvent.Of(FlowEvent.NewPod(), 1)]);
        await tail.ReadAsync(2);
        await server.Api.PostBatchAsync(rows);
        await tail.ReadAsync(4);

        Assert.Equal(rows[1..].Select(row => row.ToNative().ToJson()), tail.Rows);
    }

    [Fact]
    public async Task Fields_choose_the_columns()
    {
        using var tail = new TailClient($"filter=pod={_pod}&fields=pod_port,pod_name");
        await tail.OpenAsync(server.Api);

        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 1)]);
        await tail.ReadAsync(1);

        Assert.Equal($$"""{"pod_port":"8080","pod_name":"{{_pod}}"}""", tail.Rows.Single());
    }

    [Fact]
    public async Task Tail_from_a_time_begins_with_what_arrived_since()
    {
        var rows = FlowEvent.Many(_pod, 3);
        foreach (var row in rows)
        {
            await server.Api.PostBatchAsync([row]);
        }

        using var tail = new TailClient($"filter=pod={_pod}&from=-1h");
        await tail.OpenAsync(server.Api);
        await tail.ReadAsync(3);

        Assert.Equal(rows, tail.Events);
    }

    [Fact]
    public async Task Cursor_or_header_goes_on_behind_any_event()
    {
        var rows = FlowEvent.Many(_pod, 4);
        using var tail = new TailClient($"filter=pod={_pod}");
        await tail.OpenAsync(server.Api);
        await server.Api.PostBatchAsync(rows);
        await tail.ReadAsync(2);
        tail.Close();
        using var byCursor = new TailClient($"filter=pod={_pod}&cursor={tail.LastId}");

        await byCursor.OpenAsync(server.Api);
        await byCursor.ReadAsync(2);
        await tail.OpenAsync(server.Api);
        await tail.ReadAsync(4);

        Assert.Equal(rows[2..], byCursor.Events);
        Assert.Equal(rows, tail.Events);
    }

    [Fact]
    public async Task Relative_time_in_a_filter_stays_what_it_was_when_the_tail_goes_on()
    {
        using var tail = new TailClient($"filter=pod={_pod}%20and%20time%20%3C%20-1h");
        await tail.OpenAsync(server.Api);
        await Task.Delay(5);
        await tail.OpenAsync(server.Api);
        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 1)]);
        await tail.ReadAsync(1);
    }

    [Fact]
    public async Task Reader_that_breaks_off_anywhere_gets_every_flow_once_under_concurrent_posts()
    {
        const int Posters = 4;
        const int Batches = 40;
        const int BatchFlows = 25;
        using var tail = new TailClient($"filter=pod={_pod}");
        await tail.OpenAsync(server.Api);
        var posting = Enumerable.Range(0, Posters).Select(poster => Task.Run(async () =>
        {
            for (var batch = 0; batch < Batches; batch++)
            {
                // Half of each batch is the one before.
                var first = (((poster * Batches) + batch) * BatchFlows) - (batch == 0 ? 0 : BatchFlows / 2);
                await server.Api.PostBatchAsync(Enumerable.Range(first, BatchFlows + (batch == 0 ? 0 : BatchFlows / 2)).Select(n => FlowEvent.Of(_pod, n)));
            }
        })).ToArray();
        var random = new Random(7);

        const int Flows = Posters * Batches * BatchFlows;
        var posted = Task.WhenAll(posting);
        while (tail.Rows.Count < Flows)
        {
            var reading = tail.ReadAsync(Math.Min(Flows, tail.Rows.Count + random.Next(1, 300)));
            // Heartbeats have no end: a post that failed must not be waited for.
            if (await Task.WhenAny(reading, posted) == posted)
            {
                await posted;
            }

            await reading;
            await tail.OpenAsync(server.Api);
        }

        await posted;
        // Nothing comes behind: the next is a flow of the end.
        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, Flows)]);
        await tail.ReadAsync(Flows + 1);
        Assert.Equal(FlowEvent.Many(_pod, Flows + 1).ToHashSet(), tail.Events.ToHashSet());
        Assert.Equal(FlowEvent.Of(_pod, Flows), tail.Events[^1]);
    }

    [Fact]
    public async Task More_flows_than_one_read_takes_come_in_the_order_of_arrival()
    {
        const int Flows = 35_000;
        await server.Api.PostBatchAsync(FlowEvent.Many(_pod, 2000));
        using var tail = new TailClient($"filter=pod={_pod}&from=-1h&fields=uuid");
        for (var n = 2000; n < Flows; n += 1000)
        {
            await server.Api.PostBatchAsync(Enumerable.Range(n, 1000).Select(i => FlowEvent.Of(_pod, i)));
        }

        await tail.OpenAsync(server.Api);
        await tail.ReadAsync(Flows);

        Assert.Equal(FlowEvent.Many(_pod, Flows).Select(row => $$"""{"uuid":"{{row.Uuid}}"}"""), tail.Rows);
    }

    [Theory]
    [InlineData("from=yesterday", "from")]
    [InlineData("from=2199-01-01", "from")]
    [InlineData("from=", "from")]
    [InlineData("from=-1h&from=-1h", "from")]
    [InlineData("from=-1h&cursor=AAAA", "from")]
    [InlineData("to=now", "to")]
    [InlineData("limit=1", "limit")]
    [InlineData("format=csv", "format")]
    [InlineData("fields=nothing", "fields")]
    [InlineData("fields=uuid,uuid", "fields")]
    [InlineData("filter=((", "filter")]
    [InlineData("filter=observations%3E1", "filter")]
    [InlineData("filter=not%20(pod=x%20or%20last_seen%3E-1h)", "filter")]
    [InlineData("cursor=AAAA", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("cursor=' OR 1=1 --", "cursor")]
    [InlineData("cursor=", "cursor")]
    public async Task Parameter_that_cannot_be_taken_is_400_that_names_it(string query, string name)
    {
        using var answer = await server.Api.GetAsync($"/api/v1/flows/tail?{query}");

        var problem = await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, name);
        Assert.Equal(name, problem.GetProperty("parameter").GetString());
        Assert.NotEqual("", problem.GetProperty("allowed").GetString());
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    public async Task Header_that_is_no_id_is_400_that_names_it(string id)
    {
        foreach (var value in new[] { id, new string('A', 5000) })
        {
            using var answer = await server.Api.GetAsync("/api/v1/flows/tail", ("Last-Event-ID", value));

            var problem = await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, "Last-Event-ID");
            Assert.Equal("Last-Event-ID", problem.GetProperty("parameter").GetString());
        }
    }

    [Fact]
    public async Task Id_of_another_filter_or_altered_or_of_a_page_is_400_that_says_which()
    {
        using var tail = new TailClient($"filter=pod={_pod}");
        await tail.OpenAsync(server.Api);
        var id = tail.LastId!;
        await server.Api.PostBatchAsync(FlowEvent.Many(_pod, 2));
        var page = await server.Api.GetTextAsync($"/api/v1/flows?from=2026-05-12&limit=1&filter=pod={_pod}");
        var pageCursor = System.Text.Json.JsonDocument.Parse(page).RootElement.GetProperty("next").GetString()!;

        await AssertRefusedAsync($"filter=pod=other&cursor={id}", "is from another filter");
        await AssertRefusedAsync($"cursor={id}", "is from another filter");
        await AssertRefusedAsync($"filter=pod={_pod}&cursor={id[..^1]}{(id[^1] == 'A' ? 'B' : 'A')}", "was altered");
        await AssertRefusedAsync($"filter=pod={_pod}&cursor={pageCursor}", "was altered");
        using var both = await server.Api.GetAsync($"/api/v1/flows/tail?filter=pod={_pod}&cursor={id}", ("Last-Event-ID", id + "A"));
        await Problem.AssertAsync(both, HttpStatusCode.BadRequest, "Last-Event-ID");
    }

    private async Task AssertRefusedAsync(string query, string says)
    {
        using var answer = await server.Api.GetAsync($"/api/v1/flows/tail?{query}");
        await Problem.AssertAsync(answer, HttpStatusCode.BadRequest, says);
    }
}
