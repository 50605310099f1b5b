using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Servers that are told to end, or cannot begin, at a bad moment.</summary>
public sealed class EndingTests : IAsyncLifetime
{
    private RemoteStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RemoteStore.CreateAsync();

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Flows_that_wait_for_ClickHouse_are_brought_in_before_the_end()
    {
        await using var server = await _store.StartServerAsync(
            ("KGUARDIAN_INGEST__LOADINTERVAL", "01:00:00"), ("KGUARDIAN_INGEST__ACTIVITYINTERVAL", "01:00:00"));
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        Assert.Equal("0", await _store.SqlAsync("SELECT count() FROM kguardian.traffic"));

        Assert.Equal(0, await server.StopAsync());

        Assert.Equal("104", await _store.SqlAsync("SELECT count() FROM kguardian.traffic"));
        Assert.Equal("24", await _store.SqlAsync("SELECT sum(observations) FROM kguardian.traffic_activity"));
    }

    [Fact]
    public async Task End_while_ClickHouse_is_away_keeps_what_was_acknowledged()
    {
        await using (var relay = new TcpRelay(_store.Endpoint.Url))
        await using (var server = await ServerProcess.StartAsync(
            _store.DataDirectory,
            [.. _store.SettingsAt(relay.Address), ("KGUARDIAN_INGEST__LOADINTERVAL", "01:00:00"), ("KGUARDIAN_SHUTDOWN__TIMEOUT", "00:00:02")]))
        {
            Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
            relay.GoAway();
            Assert.Equal(0, await server.StopAsync());
        }

        await using var next = await _store.StartServerAsync();
        Assert.Equal(RealFlows.Rows, await next.Api.GetRowsAsync("/pod/traffic"));
        Assert.Equal(0, await next.Api.PostBatchAsync(RealFlows.Events));
    }

    [Fact]
    public async Task End_before_ClickHouse_ever_answered_is_in_order()
    {
        await using var relay = new TcpRelay(_store.Endpoint.Url);
        relay.GoAway();
        await using var server = ServerProcess.Launch(_store.DataDirectory, _store.SettingsAt(relay.Address));
        await server.ListeningAsync();

        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task End_does_not_wait_for_a_reader_that_stalls()
    {
        await using var server = await _store.StartServerAsync(("KGUARDIAN_SHUTDOWN__TIMEOUT", "00:00:02"));
        Assert.Equal(1, await server.Api.PostBatchAsync([FlowEvent.Of(FlowEvent.NewPod(), 1)]));
        // There is nothing to multiply before.
        await server.Api.LoadedAsync();
        await _store.SqlAsync("""
            INSERT INTO kguardian.traffic SELECT traffic.* REPLACE (toString(number) AS pod_ip)
            FROM kguardian.traffic CROSS JOIN (SELECT number FROM numbers(200000)) AS many
            """);
        using var reader = await RawConnection.OpenAsync(server.Api.Address, receiveBufferBytes: 4096);
        await reader.SendAsync("GET /pod/traffic HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());
        Assert.Contains("200 OK", await reader.ReadLineAsync(), StringComparison.Ordinal);

        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Address_that_is_taken_is_told_and_ends_the_server_and_its_node()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var server = ServerProcess.Launch(Path.Combine(_store.DataDirectory, "own"), ("LISTEN_ADDR", taken.LocalEndpoint.ToString()!));

        Assert.Equal(2, await server.ExitedAsync());

        Assert.Contains($"kguardian-analytics: LISTEN_ADDR = '{taken.LocalEndpoint}' cannot be used", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", server.Log, StringComparison.Ordinal);
    }
}
