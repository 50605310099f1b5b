using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>
/// A ClickHouse that answers 500, cuts connections or answers too late, seen by a server under load. Lost answers: IngestTierOutageTests; answers cut in
/// the middle: StreamTests.
/// </summary>
public sealed class FaultyClickHouseTests : IAsyncLifetime
{
    private const string Insert = "INSERT+INTO+traffic+";
    private const string Read = "ORDER BY t.time_stamp DESC";

    private RemoteStore _store = null!;
    private TcpRelay _relay = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _relay = new TcpRelay(_store.Endpoint.Url);
    }

    public async ValueTask DisposeAsync()
    {
        await _relay.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Theory]
    [InlineData("Error500")]
    [InlineData("CutRequest")]
    public async Task Inserts_that_fail_under_load_are_tried_again_and_stored_once(string fault)
    {
        await using var server = await StartAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(500);

        for (var round = 1; round <= 3; round++)
        {
            _relay.Inject(Enum.Parse<RelayFault>(fault), Insert, times: 3);
            await Patience.UntilAsync("the faults happen", () => _relay.Done == 3 * round);
            await load.GrowAsync(300);
        }

        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
        Assert.True(await server.Api.GetMetricAsync("kguardian_insert_failures_total") >= 9);
        await server.HealthyAsync();
    }

    [Theory]
    [InlineData("Error500")]
    [InlineData("CutRequest")]
    public async Task Read_that_fails_is_503_and_the_next_one_is_answered(string fault)
    {
        await using var server = await StartAsync();
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));

        foreach (var path in new[] { "/pod/traffic", "/pod/traffic/prometheus-k8s-1", "/api/v1/flows?from=2024-01-01" })
        {
            var expected = _relay.Done + 1;
            _relay.Inject(Enum.Parse<RelayFault>(fault), Read, times: 1);
            HttpResponseMessage? answer = null;
            // It is refused before, and nothing is sent, while the node is too busy for its sign of life.
            await Patience.UntilAsync("the read meets the fault", async () =>
            {
                answer?.Dispose();
                answer = await server.Api.GetAsync(path);
                return _relay.Done == expected;
            });
            using var failed = answer!;
            var problem = await Problem.AssertAsync(failed, HttpStatusCode.ServiceUnavailable, "");
            Assert.NotEqual("", problem.GetProperty("queryId").GetString());
            using var next = await ApiClient.PatientlyAsync(() => server.Api.GetAsync(path));
            Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        }
    }

    [Fact]
    public async Task Read_that_is_answered_after_its_time_is_503_and_others_go_on()
    {
        await using var server = await StartAsync(("KGUARDIAN_QUERY__TIMELIMIT", "00:00:10"));
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        await server.Api.LoadedAsync();
        _relay.Inject(RelayFault.LateAnswer, Read, times: 1, TimeSpan.FromMinutes(5));

        var late = server.Api.GetAsync("/pod/traffic");
        await Patience.UntilAsync("the read waits", async () =>
        {
            // Refused before it was sent: the node was too busy for its sign of life.
            if (_relay.Done == 0 && late.IsCompleted)
            {
                (await late).Dispose();
                late = server.Api.GetAsync("/pod/traffic");
            }

            return _relay.Done == 1;
        });
        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
        Assert.Equal(1, await server.Api.PostBatchAsync([FlowEvent.Of(FlowEvent.NewPod(), 1)]));
        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));

        using var answer = await late;
        await Problem.AssertAsync(answer, HttpStatusCode.ServiceUnavailable, "ClickHouse");
    }

    [Fact]
    public async Task Read_waits_for_an_insert_that_takes_its_time()
    {
        await using var server = await StartAsync();
        _relay.Inject(RelayFault.LateAnswer, Insert, times: 1, TimeSpan.FromSeconds(4));
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));

        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));

        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_ingest_backlog_flows"));
    }

    [Fact]
    public async Task Answer_without_the_newest_flows_is_not_kept()
    {
        await using var server = await StartAsync(("KGUARDIAN_QUERY__CACHETIME", "01:00:00"));
        _relay.Inject(RelayFault.LateAnswer, Insert, times: 1, TimeSpan.FromMinutes(5));
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        await Patience.UntilAsync("the insert waits", () => _relay.Done == 1);

        for (var ask = 0; ask < 2; ask++)
        {
            using var answer = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/api/v1/flows/count?from=2024-01-01"));
            Assert.Equal("miss", Assert.Single(answer.Headers.GetValues("X-Cache")));
        }

        await Patience.UntilAsync("both are logged", () => server.Log.Split("A read goes on without the newest flows").Length == 3);
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task Insert_that_is_answered_after_its_time_is_tried_again_and_stored_once()
    {
        await using var server = await StartAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(200);
        // ClickHouse has the block long before: the second try, 35 s later, must not store it again.
        _relay.Inject(RelayFault.LateAnswer, Insert, times: 1, TimeSpan.FromMinutes(5));
        await Patience.UntilAsync("the insert is given up and new flows are refused", () => load.Unavailable > 0);

        await load.GrowAsync(200);
        await load.EndAsync();
        // What gathered meanwhile takes a busy machine longer than reads wait for it.
        await server.Api.LoadedAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
    }

    private Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings) =>
        ServerProcess.StartAsync(_store.DataDirectory, [.. _store.SettingsAt(_relay.Address), .. settings]);
}
