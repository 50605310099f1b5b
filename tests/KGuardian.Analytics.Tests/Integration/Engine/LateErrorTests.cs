using System.Text;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class LateErrorTests : IAsyncLifetime
{
    private TestDatabase _database = null!;
    private ClickHouseClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SharedNode.CreateDatabaseAsync();
        _client = _database.Client();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData("JSONEachRow", "1")]
    [InlineData("JSONEachRow", "0")]
    [InlineData("JSONCompactEachRow", "0")]
    [InlineData("CSV", "0")]
    [InlineData("TSV", "0")]
    [InlineData("RowBinary", "0")]
    [InlineData("Native", "0")]
    [InlineData("ArrowStream", "0")]
    [InlineData("Parquet", "0")]
    public async Task Body_of_a_query_that_fails_late_ends_in_its_error(string format, string asArray)
    {
        var query = new ClickHouseQuery($"""
            SELECT number, toString(cityHash64(number)) AS text, throwIf(number = 1500000, 'too late') AS flag FROM numbers(2000000)
            FORMAT {format}
            """)
            .WithSetting("max_block_size", "1000").WithSetting("max_threads", "1")
            .WithSetting("output_format_parquet_row_group_size", "10000").WithSetting("output_format_json_array_of_rows", asArray);
        await using var result = await _client.StreamAsync(query);
        using var body = new MemoryStream();

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => result.Body.CopyToAsync(body));

        Assert.Equal((395, ClickHouseFailure.Refused, result.QueryId), (error.Code, error.Failure, error.QueryId));
        Assert.StartsWith("Code: 395. DB::Exception: too late", error.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("__exception__", error.Text, StringComparison.Ordinal);
        Assert.True(body.Length > 1_000_000, $"{body.Length} bytes: the error was not late");
        Assert.Equal(body.Length, result.BytesRead);
        var handedOut = Encoding.Latin1.GetString(body.ToArray());
        Assert.DoesNotContain("__exception__", handedOut, StringComparison.Ordinal);
        Assert.DoesNotContain("too late", handedOut, StringComparison.Ordinal);
        if (asArray == "1")
        {
            Assert.False(handedOut.TrimEnd().EndsWith(']'), "a truncated array must not look whole");
        }
    }

    [Fact]
    public async Task Query_of_typed_rows_that_fails_late_throws()
    {
        var query = new ClickHouseQuery("SELECT throwIf(number = 200000) AS value FROM numbers(1000000)").WithSetting("max_block_size", "1000");

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => _client.QueryAsync<OneNumber>(query));

        Assert.Equal(395, error.Code);
    }

    [Fact]
    public async Task Statement_without_a_result_that_fails_late_throws()
    {
        await _client.ExecuteAsync(new ClickHouseQuery("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a"));
        var query = new ClickHouseQuery("INSERT INTO t SELECT throwIf(number = 200000) FROM numbers(1000000)").WithSetting("max_block_size", "1000");

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => _client.ExecuteAsync(query));

        Assert.Equal(395, error.Code);
    }

    [Theory]
    // A chunk's announced bytes that do not come, and a body without its last chunk.
    [InlineData("5\r\nhello\r\nff\r\nhel")]
    [InlineData("5\r\nhello\r\n")]
    [InlineData("5\r\nhello\r\nno number\r\n")]
    public async Task Body_with_broken_framing_and_no_marker_throws(string chunks)
    {
        await using var server = new ScriptedServer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-ClickHouse-Exception-Tag: abc\r\n\r\n" + chunks);
        using var client = _database.Client(through: server.Url);
        await using var result = await client.StreamAsync(new ClickHouseQuery("SELECT 1"));

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => result.Body.CopyToAsync(Stream.Null));

        Assert.Equal(ClickHouseFailure.Unknown, error.Failure);
    }

    private sealed record OneNumber(long Value);
}
