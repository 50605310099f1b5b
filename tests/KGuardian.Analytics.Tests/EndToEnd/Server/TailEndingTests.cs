using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Tails over the ends of servers, nodes and flows: nothing is lost, nothing comes twice.</summary>
public sealed class TailEndingTests : IAsyncLifetime
{
    private readonly string _pod = FlowEvent.NewPod();
    private RemoteStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RemoteStore.CreateAsync();

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Server_and_node_killed_under_load_lose_and_double_nothing_for_a_tail_that_goes_on()
    {
        using var directory = new TestDirectory();
        using var tail = new TailClient("fields=uuid");
        var server = await ServerProcess.StartAsync(directory.Path);
        try
        {
            await tail.OpenAsync(server.Api);
            await using var load = new FlowLoad(server.Api, clients: 2);
            for (var round = 0; round < 2; round++)
            {
                await tail.ReadAsync(tail.Rows.Count + 300);
                await load.GrowAsync(300);
                await server.KillAsync();
                await server.DisposeAsync();
                server = await ServerProcess.StartAsync(directory.Path);
                load.GoOnWith(server.Api);
                await tail.OpenAsync(server.Api);
                await tail.ReadAsync(tail.Rows.Count + 300);
                // The same connection goes on with the next node.
                Signals.SendKill(server.FindNode()!.Value);
                await load.GrowAsync(300);
                await tail.ReadAsync(tail.Rows.Count + 300);
            }

            await load.EndAsync();
            await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 1)]);
            var last = $$"""{"uuid":"{{FlowEvent.Of(_pod, 1).Uuid}}"}""";
            while (tail.Rows.Count == 0 || tail.Rows[^1] != last)
            {
                Assert.True(await tail.ReadEventAsync());
            }

            Assert.Equal(tail.Rows.Count, tail.Rows.Distinct().Count());
            var stored = await server.Api.GetTextAsync("/api/v1/flows?from=2026-05-12&to=2026-05-13&format=ndjson&fields=uuid");
            Assert.Equal(stored.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToHashSet(), tail.Rows.ToHashSet());
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Tail_stays_open_while_ClickHouse_is_away_and_goes_on()
    {
        await using var relay = new TcpRelay(_store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(_store.DataDirectory, _store.SettingsAt(relay.Address));
        using var tail = new TailClient("");
        await tail.OpenAsync(server.Api);
        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 1)]);
        await tail.ReadAsync(1);

        relay.GoAway();
        await Patience.UntilAsync("ClickHouse is missed by new tails", async () =>
        {
            using var late = await server.Api.SendAsync(HttpMethod.Get, "/api/v1/flows/tail", null, HttpCompletionOption.ResponseHeadersRead);
            return late.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        relay.Open();
        await server.HealthyAsync();
        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 2)]);
        await tail.ReadAsync(2);

        Assert.Equal([FlowEvent.Of(_pod, 1), FlowEvent.Of(_pod, 2)], tail.Events);
    }

    [Fact]
    public async Task Tail_goes_on_across_a_clear_also_when_the_server_was_restarted_after_it()
    {
        using var tail = new TailClient("");
        await using (var server = await _store.StartServerAsync())
        {
            await tail.OpenAsync(server.Api);
            await server.Api.PostBatchAsync(FlowEvent.Many(_pod, 3));
            await tail.ReadAsync(3);
            tail.Close();
            await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 3)]);
            using var cleared = await server.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", null);
            Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
            await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 4)]);
            await tail.OpenAsync(server.Api);
            await tail.ReadAsync(4);
            using var again = await server.Api.SendAsync(HttpMethod.Delete, "/api/v1/flow-reports", null);
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        }

        await using var next = await _store.StartServerAsync();
        await tail.OpenAsync(next.Api);
        await next.Api.PostBatchAsync(FlowEvent.Many(_pod, 2));
        await tail.ReadAsync(6);

        Assert.Equal(
            [0, 1, 2, 4, 0, 1],
            tail.Events.Select(row => int.Parse(row.TrafficInOutIp!.Split('.')[3], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task End_of_the_server_ends_tails_in_order_and_at_once()
    {
        // As long as tails may take, were they not told.
        await using var server = await _store.StartServerAsync(("KGUARDIAN_SHUTDOWN__TIMEOUT", "01:00:00"));
        using var tail = new TailClient("");
        using var stalled = await RawConnection.OpenAsync(server.Api.Address, receiveBufferBytes: 4096);
        await tail.OpenAsync(server.Api);
        await stalled.SendAsync("GET /api/v1/flows/tail HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());
        Assert.Contains("200 OK", await stalled.ReadLineAsync(), StringComparison.Ordinal);
        for (var n = 0; n < 20_000; n += 1000)
        {
            await server.Api.PostBatchAsync(Enumerable.Range(n, 1000).Select(i => FlowEvent.Of(_pod, i)));
        }

        await tail.ReadAsync(20_000);

        var ended = server.StopAsync();

        Assert.False(await tail.ReadEventAsync());
        Assert.Equal(0, await ended);
    }

    [Fact]
    public async Task Tail_more_than_there_can_be_is_429_until_one_ends()
    {
        await using var server = await _store.StartServerAsync(("KGUARDIAN_QUERY__MAXTAILS", "1"));
        using var tail = new TailClient("");
        await tail.OpenAsync(server.Api);

        using var refused = await server.Api.GetAsync("/api/v1/flows/tail");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Contains("Query:MaxTails", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await server.Api.GetMetricAsync("kguardian_tails"));
        tail.Close();
        await Patience.UntilAsync("the slot is free", async () => await server.Api.GetMetricAsync("kguardian_tails") == 0);
        await tail.OpenAsync(server.Api);
    }
}
