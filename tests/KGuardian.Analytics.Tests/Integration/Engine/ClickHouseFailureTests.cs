using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class ClickHouseFailureTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await SharedNode.CreateDatabaseAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Query_refused_carries_code_text_and_query_id()
    {
        using var client = _database.Client();
        var query = new ClickHouseQuery("SELECT * FROM missing") { QueryId = $"test-{Guid.NewGuid():N}" };

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(query));

        Assert.Equal((ClickHouseFailure.Refused, 60, query.QueryId), (error.Failure, error.Code, error.QueryId));
        Assert.StartsWith("Code: 60. DB::Exception:", error.Text, StringComparison.Ordinal);
        Assert.Contains("missing", error.Text, StringComparison.Ordinal);
        Assert.Contains(query.QueryId, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_over_its_time_limit_is_ended_by_ClickHouse()
    {
        using var client = _database.Client();
        var query = new ClickHouseQuery("SELECT count() FROM system.numbers FORMAT Null") { TimeLimit = TimeSpan.FromMilliseconds(200) };

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(query));

        Assert.Equal(159, error.Code);
    }

    [Fact]
    public async Task Query_over_the_clients_default_time_limit_is_ended_too()
    {
        using var client = _database.Client(new ClickHouseClientOptions { TimeLimit = TimeSpan.FromMilliseconds(200) });

        var error = await Assert.ThrowsAsync<ClickHouseException>(
            () => client.ExecuteAsync(new ClickHouseQuery("SELECT count() FROM system.numbers FORMAT Null")));

        Assert.Equal(159, error.Code);
    }

    [Fact]
    public async Task Query_over_its_memory_limit_is_ended_by_ClickHouse()
    {
        using var client = _database.Client();
        var query = new ClickHouseQuery("SELECT number FROM numbers(10000000) ORDER BY cityHash64(number) FORMAT Null") { MemoryLimitBytes = 10 << 20 };

        var error = await Assert.ThrowsAsync<ClickHouseException>(
            () => client.ExecuteAsync(query.WithSetting("max_bytes_before_external_sort", "0").WithSetting("max_bytes_ratio_before_external_sort", "0")));

        Assert.Equal(241, error.Code);
    }

    [Fact]
    public async Task Query_over_its_result_limit_is_an_error_not_a_cut()
    {
        using var client = _database.Client();
        var query = new ClickHouseQuery("SELECT number AS value FROM numbers(101)") { ResultRowsLimit = 100 };

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.QueryAsync<long>(query));

        Assert.Equal(396, error.Code);
        Assert.Equal(101, (await client.QueryAsync<long>(query with { ResultRowsLimit = 101 })).Count);
    }

    [Fact]
    public async Task Query_with_a_wrong_password_is_refused_without_naming_it()
    {
        using var client = new ClickHouseClient(
            [_database.Endpoint with { Password = "s3cret-guess" }], new ClickHouseClientOptions(), NullLogger<ClickHouseClient>.Instance);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        Assert.Equal((ClickHouseFailure.Refused, 516), (error.Failure, error.Code));
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", client.Endpoint.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_to_a_closed_port_was_never_sent()
    {
        using var closed = ClosedPort(out var url);
        using var client = _database.Client(through: url);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        Assert.Equal((ClickHouseFailure.NotSent, 0), (error.Failure, error.Code));
    }

    [Fact]
    public async Task Query_to_an_unknown_host_was_never_sent()
    {
        using var client = _database.Client(through: new Uri("http://no-such-host.invalid:8123"));

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        Assert.Equal(ClickHouseFailure.NotSent, error.Failure);
    }

    [Fact]
    public async Task Insert_to_a_closed_port_was_never_sent()
    {
        using var closed = ClosedPort(out var url);
        using var client = _database.Client(through: url);

        var error = await Assert.ThrowsAsync<ClickHouseException>(
            () => client.InsertAsync(new ClickHouseQuery("INSERT INTO t FORMAT RowBinary"), (stream, token) => stream.WriteAsync(new byte[8], token).AsTask()));

        Assert.Equal(ClickHouseFailure.NotSent, error.Failure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("no HTTP at all\r\n\r\n")]
    public async Task Query_to_a_server_that_hangs_up_is_an_unknown_outcome(string answer)
    {
        await using var server = new ScriptedServer(answer);
        using var client = _database.Client(through: server.Url);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        Assert.Equal(ClickHouseFailure.Unknown, error.Failure);
    }

    [Theory]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "HTTP 502")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 5\r\n\r\nmoved", "moved")]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nCode: 60.", "HTTP 500")]
    public async Task Query_answered_with_an_error_by_something_else_carries_what_came(string answer, string text)
    {
        await using var server = new ScriptedServer(answer);
        using var client = _database.Client(through: server.Url);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        Assert.Equal((ClickHouseFailure.Refused, 0), (error.Failure, error.Code));
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ping_of_a_server_that_never_answers_ends_at_its_limit()
    {
        await using var server = new ScriptedServer(answer: null);
        using var client = _database.Client(through: server.Url);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.PingAsync(client.Pool.Current, TimeSpan.FromMilliseconds(200)));

        Assert.Equal(ClickHouseFailure.Unknown, error.Failure);
    }

    [Fact]
    public async Task Statement_to_a_server_that_never_answers_ends_some_time_after_its_limit()
    {
        await using var server = new ScriptedServer(answer: null);
        using var client = _database.Client(new ClickHouseClientOptions { AnswerGrace = TimeSpan.FromMilliseconds(100) }, server.Url);
        var query = new ClickHouseQuery("SELECT 1") { TimeLimit = TimeSpan.FromMilliseconds(100) };

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(query));

        Assert.Equal(ClickHouseFailure.Unknown, error.Failure);
    }

    // Held and not listened at, so that nobody else can take it meanwhile.
    private static Socket ClosedPort(out Uri url)
    {
        var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        url = new Uri($"http://127.0.0.1:{((IPEndPoint)closed.LocalEndPoint!).Port}");
        return closed;
    }
}
