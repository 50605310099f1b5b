using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;
using static KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents.SecureEventServer;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents;

/// <summary>Events while flows come in, after a clear, and after kills.</summary>
public sealed class SecureEventWalkTests : IAsyncLifetime
{
    // FlowEvent's times are within the minute behind this one.
    private const string Begin = "from=1778581934000000000&to=1779000000000000000";

    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Walk_amid_new_drops_shows_what_was_there_once_and_a_clear_leaves_nothing()
    {
        // Five flows of one microsecond, and every other time within those that were there.
        var there = Enumerable.Range(0, 300).Select(n => Drop("old", n) with { TimeStamp = FlowEvent.Time(20 * (n / 5)) }).ToArray();
        await _server.Api.PostBatchAsync(there);
        var walked = new List<JsonNode>();
        string? prev = null;
        for (var step = 0; step == 0 || prev is not null; step++)
        {
            var answer = JsonNode.Parse(await _server.Api.GetTextAsync($"{Root}?{(prev is null ? Begin : $"cursor={prev}")}&limit=17"))!;
            walked.AddRange(answer["data"]!.AsArray().Select(found => found!));
            prev = answer["page"]!["prev"]?.GetValue<string>();
            await _server.Api.PostBatchAsync(
                Enumerable.Range(0, 10).Select(n => Drop($"new-{step}", n) with { TimeStamp = FlowEvent.Time((37 * step) + (100 * n)) }));
        }

        var uuids = walked.Select(found => found["content"]!["fields"]!["uuid"]!.GetValue<string>()).ToArray();
        Assert.Equal(walked.Count, walked.Select(Id).Distinct().Count());
        Assert.Equal(walked.Count, uuids.Distinct().Count());
        Assert.Superset(there.Select(flow => flow.Uuid!).ToHashSet(), uuids.ToHashSet());

        var kept = (walked[0]["id"]!.GetValue<string>(), walked[0]["cursor"]!.GetValue<string>());
        using var cleared = await _server.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", content: null);
        Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
        Assert.Equal("{\"hasEvents\":false,\"hasLegacyEvents\":false}", await _server.Api.GetTextAsync($"{Root}/hasEvents"));
        using var gone = await _server.Api.GetAsync($"{Root}/{kept.Item1}");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal("{\"page\":{},\"data\":[]}", await _server.Api.GetTextAsync($"{Root}?cursor={kept.Item2}"));
    }

    [Fact]
    public async Task Killed_servers_raise_every_acknowledged_drop_once()
    {
        var posted = 0;
        for (var round = 0; round < 4; round++)
        {
            await _server.Api.PostBatchAsync(Enumerable.Range(posted, 50).Select(n => Drop("kill", n)));
            posted += 50;
            await _server.KillAsync();
            await _server.DisposeAsync();
            _server = await _store.StartServerAsync();
        }

        var answer = JsonNode.Parse(await _server.Api.GetTextAsync($"{Root}?{Begin}&limit=999"))!;
        Assert.Equal(posted, answer["page"]!["total"]!.GetValue<int>());
        Assert.Equal(posted, answer["data"]!.AsArray().Select(found => Id(found!)).Distinct().Count());
    }

    private static FlowEvent Drop(string pod, int n) => FlowEvent.Of(pod, n) with { Decision = "DROP" };
}
