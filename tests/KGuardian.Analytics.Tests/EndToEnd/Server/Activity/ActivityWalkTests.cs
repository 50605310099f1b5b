using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Activity;

/// <summary>Walks over pages of events: back and forth, over ties, beside flows that come meanwhile, against the whole list.</summary>
public sealed class ActivityWalkTests(ActivityServer server) : IClassFixture<ActivityServer>
{
    private const string Sample = "from=1708011862000000000&to=1708011873000000000";

    [Fact]
    public async Task Prev_leads_to_older_events_and_next_back()
    {
        var all = (await server.PageAsync($"{Sample}&limit=9999")).Ids;
        var first = await server.PageAsync($"{Sample}&limit=40");
        Assert.Equal((all[..40].Length, 104), (first.Ids.Length, first.Total));
        Assert.Equal(all[..40], first.Ids);

        var second = await server.PageAsync($"cursor={first.Prev}&limit=40");
        var third = await server.PageAsync($"cursor={second.Prev}&limit=40");
        Assert.Equal(all[40..80], second.Ids);
        Assert.Equal(all[80..], third.Ids);
        Assert.Equal((64, 24), (second.Total, third.Total));
        Assert.Null(third.Prev);
        var back = await server.PageAsync($"cursor={third.Next}&limit=40");
        Assert.Equal(all[40..80], back.Ids);
        // Nothing is newer under this filter, and the way back is there.
        var newest = await server.PageAsync($"cursor={first.Next}&filter=kubernetes.namespace.name = openshift-dns");
        Assert.Empty(newest.Data);
        Assert.Equal((0, null), (newest.Total, newest.Next));
        Assert.Equal(
            (await server.PageAsync($"{Sample}&limit=9999&filter=kubernetes.namespace.name = openshift-dns")).Ids,
            (await server.PageAsync($"cursor={newest.Prev}&limit=9999&filter=kubernetes.namespace.name = openshift-dns")).Ids);
    }

    [Fact]
    public async Task Empty_page_of_a_window_goes_on_at_its_ends()
    {
        var nothing = await server.PageAsync($"{Sample}&filter=pod = nobody");
        Assert.Equal((0, 0), (nothing.Data.Length, nothing.Total));
        Assert.Empty((await server.PageAsync($"cursor={nothing.Prev}")).Data);
        var all = (await server.PageAsync($"{Sample}&limit=9999")).Ids;
        var before = await server.PageAsync("from=1708011861000000000&to=1708011861999999999");
        Assert.Equal(all[^5..], (await server.PageAsync($"cursor={before.Next}&limit=5")).Ids);
        var behind = await server.PageAsync("from=1708011873000000001&to=1708011874000000000");
        Assert.Equal(all[..5], (await server.PageAsync($"cursor={behind.Prev}&limit=5")).Ids);
    }

    [Fact]
    public async Task Cursor_of_an_event_leads_to_its_surroundings()
    {
        var all = await server.PageAsync($"{Sample}&limit=9999");
        foreach (var at in new[] { 2, 50, 101 })
        {
            var around = await server.PageAsync($"cursor={all.Data[at]["cursor"]}&limit=5");
            Assert.Equal(all.Ids[(at - 2)..(at + 3)], around.Ids);
            Assert.Null(around.Total);
            Assert.Equal(at < 101, around.Prev is not null);
        }

        Assert.Equal([all.Ids[7]], (await server.PageAsync($"cursor={all.Data[7]["cursor"]}&limit=1")).Ids);
        Assert.Equal(all.Ids[7..9], (await server.PageAsync($"cursor={all.Data[7]["cursor"]}&limit=2")).Ids);
    }

    [Fact]
    public async Task Cursor_goes_without_a_window_and_unaltered()
    {
        var cursor = (await server.PageAsync($"{Sample}&limit=1")).Prev!;
        foreach (var query in new[] { $"cursor={cursor}&from=1", $"cursor={cursor}&to=1", $"cursor={cursor[..^1]}", $"cursor={cursor}A" })
        {
            using var answer = await server.Api.GetAsync($"{ActivityServer.Base}/events?{query}");
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        var page = await server.PageAsync($"cursor={cursor}&from=&to=&limit=&filter=");
        Assert.Equal(100, page.Data.Length);
    }

    /// <summary>Flows of few times, so that most share theirs with others, in random windows; more of them come between two pages.</summary>
    [Fact]
    public async Task Walk_of_any_window_shows_what_was_there_once_whatever_comes_meanwhile()
    {
        var random = new Random(26);
        var pod = FlowEvent.NewPod();
        var posted = 0;
        await PostAsync(120);
        for (var walk = 0; walk < 12; walk++)
        {
            var (from, to) = (Nanoseconds(random.Next(-2, 9)), Nanoseconds(random.Next(9, 14)));
            var (limit, isOlder) = (random.Next(1, 40), random.Next(2) == 0);
            var filter = random.Next(2) == 0 ? $"filter=pod = {pod}" : $"filter=pod = {pod} and not peer_ip in 10.0.0.0/25";
            var there = (await server.PageAsync($"from=0&to=9223372036854775807&limit=9999&{filter}")).Ids;
            var window = await server.PageAsync($"from={from}&to={to}&limit={limit}&{filter}");
            // Ids begin with their time in hexadecimal digits.
            var inside = there.Where(id => string.CompareOrdinal(id, $"{from:x16}") >= 0 && string.CompareOrdinal(id[..16], $"{to:x16}") <= 0).ToArray();
            Assert.Equal(inside.Take(limit), window.Ids);
            Assert.Equal(inside.Length, window.Total);

            var walked = new List<string>(isOlder ? window.Ids : window.Ids.Reverse());
            var cursor = isOlder ? window.Prev : window.Next;
            for (var turns = 0; cursor is not null && turns < 200; turns++)
            {
                if (turns < 4)
                {
                    await PostAsync(5);
                }

                var page = await server.PageAsync($"cursor={cursor}&limit={limit}&{filter}");
                walked.AddRange(isOlder ? page.Ids : page.Ids.Reverse());
                cursor = isOlder ? page.Prev : page.Next;
            }

            Assert.Equal(walked.Distinct(), walked);
            Assert.Equal(isOlder ? walked.OrderDescending(StringComparer.Ordinal) : walked.Order(StringComparer.Ordinal), walked);
            var begin = window.Ids.Length > 0 ? (isOlder ? window.Ids[0] : window.Ids[^1]) : isOlder ? $"{from:x16}" : $"{to:x16}g";
            Assert.Empty(there.Where(id => string.CompareOrdinal(id, begin) is var place && (isOlder ? place <= 0 : place >= 0)).Except(walked));
        }

        async Task PostAsync(int count)
        {
            var flows = Enumerable.Range(posted, count).Select(
                n => FlowEvent.Of(pod, n) with { TimeStamp = $"2033-05-05T00:00:00.{random.Next(0, 12):000000}" });
            Assert.Equal(count, await server.Api.PostBatchAsync(flows));
            posted += count;
        }

        static long Nanoseconds(int micros) => ActivityServer.Nanoseconds("2033-05-05T00:00:00.000000") + (micros * 1000);
    }
}
