using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Events that agents really send and that are easily lost, refused or counted wrong.</summary>
[Collection(OnLocalServer.Name)]
public sealed class HardEventTests(LocalServer server)
{
    private readonly string _pod = FlowEvent.NewPod();

    public static TheoryData<string, int> Rows => new()
    {
        { $"\"extra\":\"{new string('x', 70_000)}\"", 3 },
        { $"\"extra\":{new string('[', 40)}{new string(']', 40)}", 3 },
        { $"\"extra\":[{string.Join(',', Enumerable.Repeat("\"short\"", 40_000))}]", 3 },
        { $"\"pod_namespace\":\"{new string('x', 70_000)}\"", 2 },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Large_row_refuses_no_batch(string field, int stored)
    {
        var rows = Enumerable.Range(1, 3).Select(n => FlowEvent.Of(_pod, n)).ToArray();

        using var answer = await server.Api.PostAsync("/pod/traffic/batch", $"[{rows[0].ToJson()},{rows[1].ToJson()[..^1]},{field}}},{rows[2].ToJson()}]");

        Assert.Equal((HttpStatusCode.OK, $"{stored}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        Assert.Equal(stored == 2, answer.Headers.Contains("X-Rejected-Rows"));
        Assert.Equal(stored, (await server.Api.GetPodAsync(_pod)).Length);
    }

    [Fact]
    public async Task Event_that_is_resent_is_one_observation_in_any_batch_and_another_one_is_another()
    {
        var row = FlowEvent.Of(_pod, 1);
        foreach (var batch in new FlowEvent[][] { [row], [row], [row, FlowEvent.Of(_pod, 2)], [row, row] })
        {
            await server.Api.PostBatchAsync(batch);
        }

        await server.Api.PostBatchAsync([row with { TimeStamp = FlowEvent.Time(5_000) }]);
        await server.Api.PostBatchAsync([row with { Uuid = Guid.NewGuid().ToString("D") }]);

        Assert.Equal((int[])[3, 1], await ObservationsAsync(items => items[0] == 3));
    }

    [Fact]
    public async Task Repeat_from_the_future_was_seen_when_it_came()
    {
        var row = FlowEvent.Of(_pod, 1);
        await server.Api.PostBatchAsync([row]);
        await server.Api.PostBatchAsync([row with { TimeStamp = "2299-12-31T00:00:00.000000" }]);
        await ObservationsAsync(items => items[0] == 2);

        var item = (await ItemsAsync()).Single();
        Assert.InRange(item.GetProperty("end_time").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", false)]
    [InlineData("", false)]
    [InlineData("2026-05-12T10:32", true)]
    public async Task Event_whose_time_alone_is_unknown_has_that_of_its_arrival(string time, bool known)
    {
        var unknown = await server.Api.GetMetricAsync("kguardian_events_time_unknown_total");
        var row = FlowEvent.Of(_pod, 1) with { TimeStamp = time };

        Assert.Equal(1, await server.Api.PostBatchAsync([row]));
        Assert.Equal(0, await server.Api.PostBatchAsync([row]));

        var stored = DateTime.Parse((await server.Api.GetPodAsync(_pod)).Single().TimeStamp!, System.Globalization.CultureInfo.InvariantCulture);
        if (known)
        {
            Assert.Equal(new DateTime(2026, 5, 12, 10, 32, 0), stored);
        }
        else
        {
            Assert.InRange(stored, DateTime.UtcNow.AddMinutes(-5), DateTime.UtcNow.AddMinutes(1));
            Assert.True(await server.Api.GetMetricAsync("kguardian_events_time_unknown_total") >= unknown + 2);
        }
    }

    [Theory]
    [InlineData("peer_ip in fe80::/10")]
    [InlineData("peer_ip = fe80::1")]
    [InlineData("peer_ip = FE80:0::1%eth1")]
    public async Task Address_with_a_zone_id_is_found_and_shown_as_it_was_posted(string filter)
    {
        var row = FlowEvent.Of(_pod, 1) with { TrafficInOutIp = "fe80::1%eth0" };
        Assert.Equal(1, await server.Api.PostBatchAsync([row]));

        Assert.Equal("fe80::1%eth0", (await server.Api.GetPodAsync(_pod)).Single().TrafficInOutIp);
        var found = JsonDocument.Parse(await server.Api.GetTextAsync(
            $"/api/v1/flows/count?from=2026-01-01&filter={Uri.EscapeDataString($"pod = {_pod} and {filter}")}"));
        Assert.Equal(1, found.RootElement.GetProperty("flows").GetInt32());
    }

    private async Task<int[]> ObservationsAsync(Func<int[], bool> isStored)
    {
        int[] observations = [];
        await Patience.UntilAsync("activity is stored", async () =>
        {
            observations = [.. (await ItemsAsync()).Select(item => item.GetProperty("observations").GetInt32()).OrderDescending()];
            return observations.Length > 0 && isStored(observations);
        });
        return observations;
    }

    private async Task<JsonElement[]> ItemsAsync()
    {
        var text = await server.Api.GetTextAsync($"/api/v1/flow-reports?start=2026-05-12&end=2026-05-12&subscriber_id={Uri.EscapeDataString($"tests/{_pod}")}");
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("result").GetProperty("items").EnumerateArray()];
    }
}
