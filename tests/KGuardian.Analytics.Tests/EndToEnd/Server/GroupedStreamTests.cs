using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Grouped flow reports of a large window: constant memory, and nothing that only looks whole.</summary>
public sealed class GroupedStreamTests : IAsyncLifetime
{
    /// <summary>Some 120 MB of JSON in four slices.</summary>
    private const int Rows = 400_000;

    private const string Path = "/api/v1/flow-reports?start=2026-05-12&end=2026-05-12&group_by=";

    private RemoteStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RemoteStore.CreateAsync();

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Theory]
    [InlineData("day", 1)]
    [InlineData("subscriber", 1000)]
    public async Task Large_window_streams_in_constant_memory(string grouping, int groups)
    {
        await using var server = await _store.StartServerAsync();
        await FillAsync();
        await server.Api.GetTextAsync(Path + grouping + "&subscriber_id=tests/pod-1");
        var before = server.ResidentBytes();

        using var answer = await server.Api.SendAsync(HttpMethod.Get, Path + grouping, content: null, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        var (bytes, rows, found, last) = (new byte[1 << 16], 0, 0, "");
        long total = 0;
        while (await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false) is > 0 and var read)
        {
            // Each row has one brace, each group one more, the document one.
            (rows, found) = (rows + bytes.AsSpan(0, read).Count((byte)'{'), found + bytes.AsSpan(0, read).Count((byte)'['));
            last = Encoding.ASCII.GetString(bytes, Math.Max(0, read - 4), Math.Min(4, read));
            if ((total += read) % (64 << 16) == 0)
            {
                Assert.InRange(server.ResidentBytes() - before, long.MinValue, 64L << 20);
            }
        }

        Assert.Equal((groups + 1, Rows + groups + 1, "]}]}"), (found, rows, last));
        Assert.InRange(total, Rows * 250L, Rows * 450L);
    }

    [Fact]
    public async Task Answer_of_ClickHouse_that_breaks_off_aborts_the_stream()
    {
        await using var relay = new TcpRelay(_store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(_store.DataDirectory, _store.SettingsAt(relay.Address));
        await FillAsync();
        relay.BreakAfterBytes = 5_000_000;

        using var answer = await server.Api.SendAsync(HttpMethod.Get, Path + "day", content: null, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => body.CopyToAsync(Stream.Null));
        relay.BreakAfterBytes = long.MaxValue;
    }

    [Fact]
    public async Task Reader_that_leaves_ends_its_query()
    {
        await using var server = await _store.StartServerAsync();
        await FillAsync();
        using (var connection = await RawConnection.OpenAsync(server.Api.Address, receiveBufferBytes: 4096))
        {
            await connection.SendAsync(Encoding.ASCII.GetBytes($"GET {Path}day HTTP/1.1\r\nHost: test\r\n\r\n"));
            Assert.Contains("200 OK", await connection.ReadLineAsync(), StringComparison.Ordinal);
        }

        await Patience.UntilAsync("the query ends", async () =>
            await _store.SqlAsync($"SELECT count() FROM system.processes WHERE current_database = '{_store.Database}' AND query LIKE '%~group%'") == "0");
        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
    }

    private Task<string> FillAsync() => _store.SqlAsync($"""
        INSERT INTO kguardian.traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port,
            decision, time_stamp, arrival_day, version)
        SELECT reinterpretAsFixedString(generateUUIDv4(number)), concat('pod-', toString(number % 1000)), 'tests', toString(number), 8080, 'TCP', 'INGRESS', '10.0.0.1', 0, 'ALLOW',
               toDateTime64('2026-05-12 10:00:00', 6, 'UTC') + toIntervalMillisecond(number), today(), 1
        FROM numbers({Rows})
        """);
}
