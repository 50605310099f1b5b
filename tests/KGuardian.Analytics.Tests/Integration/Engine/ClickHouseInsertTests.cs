using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class ClickHouseInsertTests : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SharedNode.CreateDatabaseAsync();
        await _database.SqlAsync("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100");
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Insert_streamed_in_pieces_stores_every_row_before_it_returns(bool compress)
    {
        using var client = _database.Client(new ClickHouseClientOptions { CompressInserts = compress });

        await client.InsertAsync(Insert, async (stream, token) =>
        {
            for (ulong i = 0; i < 300_000; i += 1000)
            {
                var piece = new ulong[1000];
                for (var j = 0; j < piece.Length; j++)
                {
                    piece[j] = i + (ulong)j;
                }

                await stream.WriteAsync(System.Runtime.InteropServices.MemoryMarshal.AsBytes<ulong>(piece).ToArray(), token);
            }
        });

        Assert.Equal("300000\t44999850000", await _database.SqlAsync("SELECT count(), sum(a) FROM t"));
    }

    [Fact]
    public async Task Insert_compressed_sends_fewer_bytes()
    {
        var recorder = new RequestRecorder();
        using var client = _database.Client(new ClickHouseClientOptions { CompressInserts = true }, handler: recorder);

        await client.InsertAsync(Insert, (stream, token) => stream.WriteAsync(new byte[800_000], token).AsTask());

        Assert.Equal("100000", await _database.SqlAsync("SELECT count() FROM t"));
        Assert.Equal("gzip", Assert.Single(recorder.Requests).ContentEncoding);
        Assert.InRange(recorder.Requests[0].BodyBytes.Length, 1, 80_000);
    }

    [Fact]
    public async Task Insert_refused_says_so_and_stores_nothing()
    {
        using var client = _database.Client();

        // Half a row.
        var error = await Assert.ThrowsAsync<ClickHouseException>(
            () => client.InsertAsync(Insert, (stream, token) => stream.WriteAsync(new byte[12], token).AsTask()));

        Assert.Equal(ClickHouseFailure.Refused, error.Failure);
        Assert.NotEqual(0, error.Code);
        Assert.Equal("0", await _database.SqlAsync("SELECT count() FROM t"));
    }

    [Fact]
    public async Task Insert_into_no_table_carries_code_60_text_and_id()
    {
        using var client = _database.Client();
        var insert = new ClickHouseQuery("INSERT INTO missing FORMAT RowBinary") { QueryId = $"test-{Guid.NewGuid():N}" };

        var error = await Assert.ThrowsAsync<ClickHouseException>(
            () => client.InsertAsync(insert, (stream, token) => stream.WriteAsync(new byte[8], token).AsTask()));

        Assert.Equal((60, insert.QueryId), (error.Code, error.QueryId));
    }

    [Fact]
    public async Task Insert_of_the_same_token_twice_is_stored_once()
    {
        using var client = _database.Client();
        var insert = Insert.WithSetting("insert_deduplication_token", "once");

        for (var i = 0; i < 2; i++)
        {
            await client.InsertAsync(insert, (stream, token) => stream.WriteAsync(new byte[8], token).AsTask());
        }

        Assert.Equal("1", await _database.SqlAsync("SELECT count() FROM t"));
    }

    [Fact]
    public async Task Insert_whose_writer_fails_stores_nothing()
    {
        using var client = _database.Client();

        await Assert.ThrowsAnyAsync<Exception>(() => client.InsertAsync(Insert, async (stream, token) =>
        {
            await stream.WriteAsync(new byte[8000], token);
            throw new InvalidOperationException("the source failed");
        }));

        Assert.Equal("0", await _database.SqlAsync("SELECT count() FROM t"));
    }

    [Fact]
    public async Task Insert_whose_answer_is_lost_is_an_unknown_outcome()
    {
        await using var relay = new TcpRelay(_database.Endpoint.Url);
        using var client = _database.Client(through: relay.Address);
        relay.Inject(RelayFault.LostAnswer, "INSERT");

        var error = await Assert.ThrowsAsync<ClickHouseException>(
            () => client.InsertAsync(Insert, (stream, token) => stream.WriteAsync(new byte[8], token).AsTask()));

        Assert.Equal(ClickHouseFailure.Unknown, error.Failure);
        Assert.Equal("1", await _database.SqlAsync("SELECT count() FROM t"));
    }

    private static ClickHouseQuery Insert => new("INSERT INTO t FORMAT RowBinary");
}
