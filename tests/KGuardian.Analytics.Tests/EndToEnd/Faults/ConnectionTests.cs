using System.Net.Sockets;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>Clients that are many, slow, endless or deaf: others go on, memory stays bounded, and they are let go in time.</summary>
public sealed class ConnectionTests : IAsyncLifetime
{
    private const string Get = "GET /pod/traffic HTTP/1.1\r\nHost: test\r\n\r\n";
    private const string PostHead = "POST /pod/traffic/batch HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";

    private RemoteStore _store = null!;

    public async ValueTask InitializeAsync() => _store = await RemoteStore.CreateAsync();

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Thousand_idle_connections_cost_little_and_others_go_on()
    {
        await using var server = await StartAsync();
        var before = server.ResidentBytes();
        var idle = new List<RawConnection>();
        try
        {
            for (var n = 0; n < 1000; n++)
            {
                idle.Add(await RawConnection.OpenAsync(server.Api.Address));
            }
            // Half of them have asked once before they fell silent: for what needs no ClickHouse, which others keep busy.
            foreach (var connection in idle.Where((_, n) => n % 2 == 0))
            {
                await connection.SendAsync("GET /version HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());
                Assert.Contains("200 OK", await connection.ReadLineAsync(), StringComparison.Ordinal);
            }

            await AssertGoesOnAsync(server);
            Assert.InRange(server.ResidentBytes() - before, long.MinValue, 96L << 20);
        }
        finally
        {
            idle.ForEach(connection => connection.Dispose());
        }

        await AssertGoesOnAsync(server);
    }

    [Fact]
    public async Task Body_that_comes_too_slowly_is_cut_and_others_go_on()
    {
        await using var server = await StartAsync();
        var slow = new List<RawConnection>();
        try
        {
            for (var n = 0; n < 200; n++)
            {
                var connection = await RawConnection.OpenAsync(server.Api.Address);
                slow.Add(connection);
                await connection.SendAsync(Encoding.ASCII.GetBytes(n % 2 == 0
                    ? $"{PostHead}Content-Length: 1000\r\n\r\n["
                    : $"{PostHead}Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n"));
            }

            await AssertGoesOnAsync(server);
            // 240 bytes a second are asked for, after 5 s of grace.
            foreach (var connection in slow)
            {
                Assert.Contains("408 Request Timeout", await connection.ReadLineAsync(), StringComparison.Ordinal);
            }
        }
        finally
        {
            slow.ForEach(connection => connection.Dispose());
        }

        await AssertGoesOnAsync(server);
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task Headers_that_come_byte_by_byte_are_cut_after_half_a_minute_and_others_go_on()
    {
        await using var server = await StartAsync();
        var slow = Enumerable.Range(0, 200).Select(_ => Task.Run(() => DripAsync(server.Api.Address))).ToArray();
        await AssertGoesOnAsync(server);

        // Each ends by the server's doing, although a byte comes every half a second.
        foreach (var answer in await Task.WhenAll(slow).WaitAsync(Patience.Limit))
        {
            Assert.True(answer.Length == 0 || answer.Contains("408", StringComparison.Ordinal), answer);
        }

        await AssertGoesOnAsync(server);
    }

    [Theory]
    [InlineData("POST", "/pod/traffic/batch", "[")]
    [InlineData("POST", "/pod/traffic", "{\"x\":[")]
    [InlineData("PUT", "/api/v1/flow-reports/retention", "{\"days\":")]
    public async Task Body_that_never_ends_is_413_at_its_limit(string method, string path, string begin)
    {
        await using var server = await StartAsync(("KGUARDIAN_INGEST__MAXBODYBYTES", "1048576"));
        var before = server.ResidentBytes();
        using var connection = await RawConnection.OpenAsync(server.Api.Address);
        await connection.SendAsync(Encoding.ASCII.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{begin.Length:x}\r\n{begin}\r\n"));
        var chunk = Encoding.ASCII.GetBytes($"{16 << 10:x}\r\n{new string(' ', 16 << 10)}\r\n");
        // From now on: what was not read when the server closes is lost.
        var answer = connection.ReadLineAsync();
        var sent = await SendUntilAnsweredAsync(connection, chunk, answer, most: 256L << 20);

        // Buffers on the way take some.
        Assert.InRange(sent, 0, 32L << 20);
        Assert.Contains("413 ", await answer, StringComparison.Ordinal);
        Assert.InRange(server.ResidentBytes() - before, long.MinValue, 96L << 20);
        await AssertGoesOnAsync(server);
    }

    [Fact]
    public async Task Clients_that_never_read_their_answer_are_let_go_after_the_reads_time()
    {
        const int Deaf = 20;
        await using var server = await StartAsync(("KGUARDIAN_QUERY__TIMELIMIT", "00:00:08"), ("KGUARDIAN_QUERY__MAXCONCURRENTPERCLIENT", "64"));
        await FillAsync();
        var before = server.ResidentBytes();
        var deaf = new List<RawConnection>();
        try
        {
            // Deaf from the answer's second line on: one that is refused would not be let go.
            while (deaf.Count < Deaf)
            {
                deaf.Add(await AnsweredAsync(server, Get, receiveBufferBytes: 4096));
            }

            await AssertGoesOnAsync(server);
            await Patience.UntilAsync("all are let go", async () => await server.Api.GetMetricAsync("kguardian_streams_broken_total") == Deaf);
            // 1 MiB of the answer, and the client's own buffers, for each.
            Assert.InRange(server.ResidentBytes() - before, long.MinValue, 192L << 20);
            foreach (var connection in deaf)
            {
                await AssertBrokenAsync(connection);
            }
        }
        finally
        {
            deaf.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    [Trait("Length", "Long")]
    public async Task Reader_that_stalls_for_a_minute_gets_everything_and_others_go_on()
    {
        await using var server = await StartAsync();
        await FillAsync();
        var whole = await server.Api.GetTextAsync("/pod/traffic");
        var before = server.ResidentBytes();
        using var answer = await server.Api.SendAsync(HttpMethod.Get, "/pod/traffic", content: null, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var begin = new byte[1024];
        await body.ReadExactlyAsync(begin);

        for (var second = 0; second < 65; second++)
        {
            await AssertGoesOnAsync(server);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(server.ResidentBytes() - before, long.MinValue, 64L << 20);
        using var rest = new StreamReader(body, Encoding.UTF8);
        // New flows are newer, but the answer was chosen before them.
        Assert.Equal(whole, Encoding.UTF8.GetString(begin) + await rest.ReadToEndAsync());
    }

    [Fact]
    public Task Two_thousand_connections_come_and_go() => ComeAndGoAsync(2_000);

    [Fact]
    [Trait("Length", "Long")]
    public Task Ten_thousand_connections_come_and_go() => ComeAndGoAsync(10_000);

    private async Task ComeAndGoAsync(int connections)
    {
        await using var server = await StartAsync();
        var pod = FlowEvent.NewPod();
        await ComeAndGoAsync(server, pod, 0, 200);
        var (memory, files) = (server.ResidentBytes(), OpenFiles(server.Id));

        await ComeAndGoAsync(server, pod, 200, connections);

        Assert.InRange(server.ResidentBytes() - memory, long.MinValue, 96L << 20);
        await Patience.UntilAsync("the server has let go of all of them", () => OpenFiles(server.Id) <= files + 20);
        // One in four posted a flow to the end.
        await server.Api.LoadedAsync();
        Assert.Equal(Enumerable.Range(0, connections).Count(n => n % 4 == 0), (await server.Api.GetPodAsync(pod)).Length);
        await AssertGoesOnAsync(server);
    }

    // Those that ask, those that post, those that break in the middle, and those that say nothing.
    private static Task ComeAndGoAsync(ServerProcess server, string pod, int from, int to) =>
        Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (n, _) =>
        {
            var body = FlowEvent.Batch([FlowEvent.Of(pod, n)]);
            using var connection = (n % 4) switch
            {
                0 => await AnsweredAsync(server, $"{PostHead}Content-Length: {body.Length}\r\n\r\n{body}"),
                1 => await AnsweredAsync(server, "GET /health HTTP/1.1\r\nHost: test\r\n\r\n"),
                _ => await RawConnection.OpenAsync(server.Api.Address),
            };
            if (n % 4 == 2)
            {
                await connection.SendAsync(Encoding.ASCII.GetBytes($"{PostHead}Content-Length: 1000\r\n\r\n[{{\"uuid\""));
                connection.Break();
            }
        });

    /// <summary>
    /// A connection whose request is answered with 200. Asked again while it is 503: ClickHouse, which others keep busy, may give no sign of life in time.
    /// </summary>
    private static async Task<RawConnection> AnsweredAsync(ServerProcess server, string request, int? receiveBufferBytes = null)
    {
        RawConnection? answered = null;
        await Patience.UntilAsync("the server answers", async () =>
        {
            answered?.Dispose();
            answered = await RawConnection.OpenAsync(server.Api.Address, receiveBufferBytes);
            await answered.SendAsync(Encoding.ASCII.GetBytes(request));
            var line = await answered.ReadLineAsync();
            if (line.Contains(" 503 ", StringComparison.Ordinal))
            {
                return false;
            }

            Assert.Contains("200 OK", line, StringComparison.Ordinal);
            return true;
        });
        return answered!;
    }

    private static int OpenFiles(int processId) => Directory.GetFiles($"/proc/{processId}/fd").Length;

    private static async Task AssertGoesOnAsync(ServerProcess server)
    {
        var pod = FlowEvent.NewPod();
        Assert.Equal(1, await server.Api.PostBatchAsync([FlowEvent.Of(pod, 1)]));
        // A read waits for the flow, too, but on a slow machine not for long enough.
        await Patience.UntilAsync("the flow is read", async () => await server.Api.GetPodAsync(pod) is [_]);
        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
    }

    private static async Task<long> SendUntilAnsweredAsync(RawConnection connection, byte[] chunk, Task answer, long most)
    {
        long sent = 0;
        try
        {
            while (sent < most && !answer.IsCompleted)
            {
                await connection.SendAsync(chunk);
                sent += chunk.Length;
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Closed behind the answer.
            return sent;
        }

        return sent;
    }

    private static async Task<string> DripAsync(Uri address)
    {
        using var connection = await RawConnection.OpenAsync(address);
        try
        {
            await connection.SendAsync("GET /health HTTP/1.1\r\nHost: test\r\nX-Slow: "u8.ToArray());
            while (!connection.Stream.DataAvailable)
            {
                await connection.SendAsync("x"u8.ToArray());
                await Task.Delay(500);
            }

            return await connection.ReadLineAsync();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return "";
        }
    }

    // What the buffers hold comes, then the end, and never the last chunk's.
    private static async Task AssertBrokenAsync(RawConnection connection)
    {
        var text = new StringBuilder();
        var buffer = new byte[1 << 16];
        try
        {
            while (await connection.Stream.ReadAsync(buffer).AsTask().WaitAsync(Patience.Limit) is > 0 and var read)
            {
                text.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // A reset, as it should be.
            Assert.False(text.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal));
        }
    }

    private async Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings)
    {
        var server = await _store.StartServerAsync(settings);
        return server;
    }

    // Some 55 MB of JSON: more than all buffers between ClickHouse and a client.
    private Task<string> FillAsync() => _store.SqlAsync("""
        INSERT INTO kguardian.traffic
            (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port, decision, time_stamp, arrival_day, version)
        SELECT reinterpretAsFixedString(generateUUIDv4()), 'pod', 'tests', toString(number), 8080, 'TCP', 'INGRESS', '10.0.0.1', 0, 'ALLOW',
               toDateTime64('2026-05-12 10:00:00', 6, 'UTC') + toIntervalMillisecond(number), today(), 1
        FROM numbers(200000)
        """);
}
