using System.Net;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>Large answers: readers that are slow or leave, and errors after the first bytes.</summary>
public sealed class StreamTests : IAsyncLifetime
{
    /// <summary>Some 110 MB of JSON: far above what buffers between node and reader hold.</summary>
    private const int Rows = 400_000;

    private RemoteStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RemoteStore.CreateAsync();

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Reader_that_pauses_holds_no_memory_and_gets_everything_when_it_reads_on()
    {
        await using var server = await _store.StartServerAsync();
        await FillAsync();
        using (var warm = await server.Api.GetAsync("/pod/traffic?limit=20000"))
        {
            Assert.True(warm.IsSuccessStatusCode);
        }

        var before = server.ResidentBytes();

        using var answer = await server.Api.SendAsync(HttpMethod.Get, "/pod/traffic", content: null, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1024]);
        // Stalled: all buffers on the way are full when the server reads no more of the query's output.
        var streamed = -1d;
        await Patience.UntilAsync("the stream stalls", async () =>
        {
            await Task.Delay(300);
            var last = streamed;
            return (streamed = await server.Api.GetMetricAsync("kguardian_bytes_streamed_total")) == last;
        });
        Assert.InRange(server.ResidentBytes() - before, long.MinValue, 48L << 20);
        Assert.Equal("1", await RunningReadsAsync());

        var rest = new byte[1 << 16];
        long total = 1024;
        var end = "";
        while (await body.ReadAsync(rest) is > 0 and var read)
        {
            total += read;
            end = Encoding.ASCII.GetString(rest, Math.Max(0, read - 3), Math.Min(3, read));
        }

        Assert.EndsWith("]\n", end, StringComparison.Ordinal);
        Assert.InRange(total, Rows * 250L, Rows * 350L);
        Assert.InRange(server.ResidentBytes() - before, long.MinValue, 64L << 20);
    }

    [Fact]
    public async Task Reader_that_leaves_ends_its_query()
    {
        await using var server = await _store.StartServerAsync();
        await FillAsync();
        foreach (var breaks in new[] { true, false })
        {
            var connection = await RawConnection.OpenAsync(server.Api.Address, receiveBufferBytes: 4096);
            await connection.SendAsync("GET /pod/traffic HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());
            Assert.Contains("200 OK", await connection.ReadLineAsync(), StringComparison.Ordinal);
            Assert.Equal("1", await RunningReadsAsync());

            if (breaks)
            {
                connection.Break();
            }
            else
            {
                connection.Dispose();
            }

            await Patience.UntilAsync("the query ends", async () => await RunningReadsAsync() == "0");
        }

        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
    }

    [Fact]
    public async Task Late_error_of_ClickHouse_aborts_the_stream()
    {
        // The time runs out while the reader dawdles: ClickHouse itself fails after the first megabytes.
        await using var server = await _store.StartServerAsync(("KGUARDIAN_QUERY__TIMELIMIT", "00:00:08"));
        await FillAsync();

        await AssertAbortedAsync(server, "application/json");
        await AssertAbortedAsync(server, "application/x-ndjson");

        // A write that our own limit cancels ends the connection before it is counted.
        await Patience.UntilAsync("both are counted", async () => await server.Api.GetMetricAsync("kguardian_streams_broken_total") == 2);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Answer_of_ClickHouse_that_breaks_off_aborts_the_stream(string encoding)
    {
        await using var relay = new TcpRelay(_store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(_store.DataDirectory, _store.SettingsAt(relay.Address));
        var pod = FlowEvent.NewPod();
        Assert.Equal(6000, await server.Api.PostBatchAsync(FlowEvent.Many(pod, 6000)));
        await server.Api.LoadedAsync();
        var whole = await server.Api.GetTextAsync("/pod/traffic");
        foreach (var path in new[] { "/pod/traffic", $"/pod/traffic/{pod}" })
        {
            // ClickHouse sends uuid, time and two ports of each flow, 32 bytes, and more for its texts.
            foreach (var bytes in new[] { 10_000, 100_000, 6000 * 32 })
            {
                // A probe's connection may have been broken as well, and nothing is asked of a ClickHouse that is away.
                relay.BreakAfterBytes = long.MaxValue;
                await server.HealthyAsync();
                relay.BreakAfterBytes = bytes;
                Assert.NotEqual(HttpStatusCode.OK, await TryReadAsync(server.Api, path, encoding));
            }
        }

        relay.BreakAfterBytes = long.MaxValue;
        await Patience.UntilAsync("reads are whole again", async () =>
        {
            using var answer = await server.Api.GetAsync("/pod/traffic");
            return answer.IsSuccessStatusCode && await answer.Content.ReadAsStringAsync() == whole;
        });
    }

    /// <summary>The status of an answer that came whole; null when it was aborted, before its head or after.</summary>
    private static async Task<HttpStatusCode?> TryReadAsync(ApiClient api, string path, string encoding)
    {
        try
        {
            using var answer = await api.SendAsync(
                HttpMethod.Get, path, content: null, HttpCompletionOption.ResponseContentRead, ("Accept-Encoding", encoding));
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task AssertAbortedAsync(ServerProcess server, string accept)
    {
        using var answer = await server.Api.SendAsync(
            HttpMethod.Get, "/pod/traffic", content: null, HttpCompletionOption.ResponseHeadersRead, ("Accept", accept));
        await using var body = await answer.Content.ReadAsStreamAsync();
        using var received = new MemoryStream();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            var buffer = new byte[1 << 16];
            while (await body.ReadAsync(buffer) is > 0 and var read)
            {
                received.Write(buffer, 0, read);
                // All of it takes three times as long as the limit.
                await Task.Delay(15);
            }
        });

        Assert.Equal(200, (int)answer.StatusCode);
        var text = Encoding.UTF8.GetString(received.ToArray());
        Assert.DoesNotContain("__exception__", text, StringComparison.Ordinal);
        Assert.DoesNotContain("DB::Exception", text, StringComparison.Ordinal);
        if (accept == "application/json")
        {
            Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(text));
        }
    }

    private Task<string> FillAsync() => _store.SqlAsync($"""
        INSERT INTO kguardian.traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port,
            decision, time_stamp, arrival_day, version)
        SELECT reinterpretAsFixedString(generateUUIDv4()), 'pod', 'tests', toString(number), 8080, 'TCP', 'INGRESS', '10.0.0.1', 0, 'ALLOW',
               toDateTime64('2026-05-12 10:00:00', 6, 'UTC') + toIntervalMillisecond(number), today(), 1
        FROM numbers({Rows})
        """);

    private Task<string> RunningReadsAsync() =>
        _store.SqlAsync($"SELECT count() FROM system.processes WHERE current_database = '{_store.Database}' AND query LIKE '%ORDER BY t.time_stamp DESC%'");
}
