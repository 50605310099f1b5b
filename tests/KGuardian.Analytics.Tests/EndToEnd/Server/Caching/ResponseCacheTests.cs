using System.Net;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Caching;

/// <summary>Answers of aggregates that are kept: for whom, for how long, and which.</summary>
public sealed class ResponseCacheTests
{
    private const string Count = "/api/v1/flows/count?from=2026-05-12&to=2026-05-13";

    /// <summary>Longer than any test: only a change of the flows ends an answer's time.</summary>
    private static readonly (string, string) ForLong = ("KGUARDIAN_QUERY__CACHETIME", "01:00:00");

    [Theory]
    [InlineData(Count)]
    [InlineData("/api/v1/flows/top?from=2026-05-12&to=2026-05-13&by=namespace")]
    [InlineData("/api/v1/flows/timeseries?from=2026-05-12&to=2026-05-13")]
    [InlineData("/api/v1/flows/edges?from=2026-05-12&to=2026-05-13")]
    public async Task Same_question_again_is_a_hit_of_the_same_bytes(string path)
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ForLong);
        await server.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 10));

        using var first = await AskAsync(server.Api, path);
        using var second = await AskAsync(server.Api, path);
        using var packed = await AskAsync(server.Api, path, ("Accept-Encoding", "gzip"));
        using var other = await AskAsync(server.Api, path + "&filter=pod!=x");
        using var otherCase = await AskAsync(server.Api, path.Replace("from=", "From=", StringComparison.Ordinal));

        Assert.Equal(["miss", "hit", "hit", "miss"], new[] { first, second, packed, other }.Select(Cache));
        Assert.Equal(await first.Content.ReadAsByteArrayAsync(), await second.Content.ReadAsByteArrayAsync());
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.Equal(Assert.Single(first.Headers.GetValues("X-Rows-Read")), Assert.Single(second.Headers.GetValues("X-Rows-Read")));
        Assert.Equal("gzip", Assert.Single(packed.Content.Headers.ContentEncoding));
        Assert.Empty(second.Content.Headers.ContentEncoding);
        Assert.NotNull(second.Headers.Age);
        Assert.Equal(HttpStatusCode.BadRequest, otherCase.StatusCode);
        Assert.Equal(2, await server.Api.GetMetricAsync("kguardian_cache_requests_total{result=\"hit\"}"));
    }

    [Fact]
    public async Task Stats_of_reports_are_kept_too()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ForLong);

        foreach (var expected in new[] { "miss", "hit" })
        {
            using var answer = await AskAsync(server.Api, "/api/v1/flow-reports/stats");
            Assert.Equal(expected, Cache(answer));
        }
    }

    [Fact]
    public async Task New_flows_end_the_answers_and_repeats_do_not()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ForLong);
        var flows = FlowEvent.Many(FlowEvent.NewPod(), 10);
        await PostAsync(server.Api, flows[..4]);
        Assert.Equal(4, await FlowsAsync(server.Api));

        await PostAsync(server.Api, flows);

        await Patience.UntilAsync("the new flows are counted", async () => await FlowsAsync(server.Api) == 10);
        Assert.Equal(0, await server.Api.PostBatchAsync(flows));
        using var after = await AskAsync(server.Api, Count);
        Assert.Equal("hit", Cache(after));
    }

    [Fact]
    public async Task Clearing_and_retention_end_the_answers_at_once()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ForLong);
        await PostAsync(server.Api, FlowEvent.Many(FlowEvent.NewPod(), 10));
        Assert.Equal(10, await FlowsAsync(server.Api));

        using var body = new StringContent("{\"days\": 3}", Encoding.UTF8, "application/json");
        using (var changed = await server.Api.SendAsync(HttpMethod.Put, "/api/v1/flow-reports/retention", body))
        {
            Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        }

        using (var afterChange = await AskAsync(server.Api, Count))
        {
            Assert.Equal("miss", Cache(afterChange));
        }

        using (var cleared = await server.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", content: null))
        {
            Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
        }

        Assert.Equal(0, await FlowsAsync(server.Api));
    }

    [Fact]
    public async Task Principals_do_not_share_answers_and_whoever_may_not_read_gets_none()
    {
        await using var store = await RemoteStore.CreateAsync();
        var (read, ingest) = (Path.Combine(store.DataDirectory, "read"), Path.Combine(store.DataDirectory, "in"));
        await File.WriteAllTextAsync(read, "one-reader\nother-reader\n");
        await File.WriteAllTextAsync(ingest, "agent-token\n");
        await using var server = await StartAsync(
            store, ForLong, ("KGUARDIAN_AUTH__READTOKENFILE", read), ("KGUARDIAN_AUTH__INGESTTOKENFILE", ingest));

        var results = new List<string>();
        foreach (var token in new[] { "one-reader", "one-reader", "other-reader", "one-reader" })
        {
            using var answer = await AskAsync(server.Api, Count, ("Authorization", $"Bearer {token}"));
            results.Add(Cache(answer));
        }

        Assert.Equal(["miss", "hit", "miss", "hit"], results);
        foreach (var (token, status) in new[] { ("agent-token", HttpStatusCode.Forbidden), ("nobody", HttpStatusCode.Unauthorized) })
        {
            using var answer = await AskAsync(server.Api, Count, ("Authorization", $"Bearer {token}"));
            Assert.Equal(status, answer.StatusCode);
        }

        using var none = await AskAsync(server.Api, Count);
        Assert.Equal(HttpStatusCode.Unauthorized, none.StatusCode);
        Assert.DoesNotContain("flows", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_not_kept()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ForLong, ("KGUARDIAN_QUERY__TIMELIMIT", "00:00:00.0010000"));
        await store.SqlAsync(ManyFlows.Insert);

        foreach (var path in new[] { $"/api/v1/flows/edges?{ManyFlows.Window}", "/api/v1/flows/count?mode=rough" })
        {
            for (var n = 0; n < 2; n++)
            {
                using var answer = await AskAsync(server.Api, path);
                Assert.InRange((int)answer.StatusCode, 400, 422);
                Assert.NotEqual("hit", Cache(answer));
            }
        }

        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_cache_requests_total{result=\"hit\"}"));
    }

    [Fact]
    public async Task Answers_to_others_are_not_waited_for_when_they_left()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ForLong);
        await store.SqlAsync(ManyFlows.Insert);
        var path = $"/api/v1/flows/edges?{ManyFlows.Window}";

        // The first of them asks, the second waits for its answer, and loses it.
        using var leaving = new HttpClient { BaseAddress = server.Api.Address };
        using var left = new CancellationTokenSource();
        var first = leaving.GetAsync(path, left.Token);
        var second = server.Api.GetAsync(path);
        await Task.WhenAny(first, Task.Delay(30));
        await left.CancelAsync();
        using var answer = await second;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Task.WhenAny(first);
    }

    [Fact]
    public async Task Without_a_time_nothing_is_kept()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ("KGUARDIAN_QUERY__CACHETIME", "0:00:00"));

        for (var n = 0; n < 2; n++)
        {
            using var answer = await AskAsync(server.Api, Count);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.False(answer.Headers.Contains("X-Cache"));
        }
    }

    [Fact]
    public async Task Rows_are_not_kept()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await StartAsync(store, ForLong);

        using var answer = await AskAsync(server.Api, "/api/v1/flows?from=2026-05-12");

        Assert.False(answer.Headers.Contains("X-Cache"));
    }

    private static async Task<ServerProcess> StartAsync(RemoteStore store, params (string Name, string Value)[] settings)
    {
        var server = await store.StartServerAsync(settings);
        return server;
    }

    private static Task<HttpResponseMessage> AskAsync(ApiClient api, string path, params (string Name, string Value)[] headers) =>
        ApiClient.PatientlyAsync(() => api.GetAsync(path, headers));

    private static async Task PostAsync(ApiClient api, FlowEvent[] flows)
    {
        await api.PostBatchAsync(flows);
        await api.LoadedAsync();
    }

    private static async Task<int> FlowsAsync(ApiClient api) =>
        JsonDocument.Parse(await api.GetTextAsync(Count)).RootElement.GetProperty("flows").GetInt32();

    private static string Cache(HttpResponseMessage answer) => answer.Headers.TryGetValues("X-Cache", out var values) ? Assert.Single(values) : "";
}
