using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Servers with a node of their own that end, in order or not: what was acknowledged is there exactly once.</summary>
public sealed class CrashTests : IAsyncDisposable
{
    private readonly TestDirectory _directory = new();
    private ServerProcess? _server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _directory.Dispose();
    }

    [Fact]
    public async Task Server_killed_under_load_has_every_acknowledged_flow_once()
    {
        var server = await StartAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        for (var round = 0; round < 3; round++)
        {
            await load.GrowAsync(1000);
            // Its node goes with it: this waits for that.
            await server.KillAsync();
            server = await StartAsync();
            load.GoOnWith(server.Api);
        }

        await load.GrowAsync(1000);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: false);
    }

    [Fact]
    public async Task Server_killed_right_after_an_acknowledgement_has_the_flow()
    {
        var pod = FlowEvent.NewPod();
        var rows = FlowEvent.NewestFirst(FlowEvent.Many(pod, 300));
        // Nothing reaches ClickHouse before the kill: only the journal has it.
        var server = await StartAsync(("KGUARDIAN_INGEST__LOADINTERVAL", "01:00:00"));
        Assert.Equal(300, await server.Api.PostBatchAsync(rows));
        await server.KillAsync();

        server = await StartAsync(("KGUARDIAN_INGEST__LOADINTERVAL", "01:00:00"));
        Assert.Equal(0, await server.Api.PostBatchAsync(rows));
        await server.KillAsync();

        server = await StartAsync();
        Assert.Equal(0, await server.Api.PostBatchAsync(rows));
        Assert.Equal(rows, await server.Api.GetPodAsync(pod));
    }

    [Fact]
    public async Task Node_killed_under_load_is_restarted_and_nothing_acknowledged_is_lost()
    {
        const int Rounds = 3;
        var server = await StartAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        for (var round = 0; round < Rounds; round++)
        {
            await load.GrowAsync(500);
            var node = server.FindNode()!.Value;
            Signals.SendKill(node);
            await Patience.UntilAsync("there is another node", () => server.FindNode() is { } next && next != node);
            await server.HealthyAsync();
            // A kill before the server itself has seen the node answer would be part of the same restart.
            await Patience.UntilAsync("the restart is counted", async () => await server.Api.GetMetricAsync("kguardian_node_restarts_total") > round);
        }

        await load.GrowAsync(500);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
        Assert.Equal(Rounds, await server.Api.GetMetricAsync("kguardian_node_restarts_total"));
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Server_told_to_end_under_load_loses_nothing_and_leaves_no_child()
    {
        var server = await StartAsync();
        await using var load = new FlowLoad(server.Api, clients: 4);
        for (var round = 0; round < 2; round++)
        {
            await load.GrowAsync(1000);
            var node = server.FindNode()!.Value;
            Assert.Equal(0, await server.StopAsync());
            Assert.False(Signals.IsAlive(node));
            server = await StartAsync();
            load.GoOnWith(server.Api);
        }

        await load.GrowAsync(200);
        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: false);
    }

    [Fact]
    public async Task Restart_in_order_changes_nothing()
    {
        var server = await StartAsync();
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        await server.Api.LoadedAsync();
        var before = await server.Api.GetTextAsync("/pod/traffic");
        Assert.Equal(0, await server.StopAsync());

        server = await StartAsync();

        Assert.Equal(before, await server.Api.GetTextAsync("/pod/traffic"));
        Assert.Equal(0, await server.Api.PostBatchAsync(RealFlows.Events));
        Assert.Equal(104, await server.Api.GetMetricAsync("kguardian_dedup_known_flows"));
    }

    [Fact]
    public async Task Second_server_on_a_data_directory_says_so_and_ends()
    {
        var server = await StartAsync();

        await using var second = ServerProcess.Launch(_directory.Path);

        Assert.Equal(1, await second.ExitedAsync());
        Assert.Contains($"KGUARDIAN_DATA_DIR is '{_directory.Path}', but the server with process id {server.Id} uses it", second.Log, StringComparison.Ordinal);
        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
    }

    [Fact]
    public async Task Node_that_hangs_is_told_by_health_and_new_flows_are_refused_until_it_goes_on()
    {
        var pod = FlowEvent.NewPod();
        var next = 1;
        var server = await StartAsync();
        Assert.Equal(1, await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1)]));
        await server.Api.LoadedAsync();
        Assert.Single(await server.Api.GetPodAsync(pod));
        var node = server.FindNode()!.Value;

        Signals.Freeze(node);
        try
        {
            // Until the hanging is noticed flows are taken: the journal has them.
            await Patience.UntilAsync("new flows are refused", async () =>
            {
                using var refused = await server.Api.PostAsync("/pod/traffic/batch", FlowEvent.Batch([FlowEvent.Of(pod, ++next)]));
                return refused.StatusCode == HttpStatusCode.ServiceUnavailable && refused.Headers.RetryAfter is not null;
            });
            Assert.Equal(0, await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1)]));
            using var health = await server.Api.GetAsync("/health");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        }
        finally
        {
            Signals.Thaw(node);
        }

        await server.HealthyAsync();
        await Patience.UntilAsync("new flows are taken", async () =>
        {
            using var answer = await server.Api.PostAsync("/pod/traffic/batch", FlowEvent.Batch([FlowEvent.Of(pod, next)]));
            return answer.StatusCode == HttpStatusCode.OK;
        });
        // The insert that hung may have to be tried again.
        await server.Api.LoadedAsync();
        // The refused one is the last; all before it were acknowledged.
        Assert.Equal(FlowEvent.NewestFirst(Enumerable.Range(1, next).Select(n => FlowEvent.Of(pod, n))), await server.Api.GetPodAsync(pod));
    }

    private async Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings)
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        return _server = await ServerProcess.StartAsync(_directory.Path, settings);
    }
}
