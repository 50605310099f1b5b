using System.Text;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Unit.Engine;

public class LateErrorStreamTests
{
    private const string Tag = "abcdefghijklmnop";
    private const string Text = "Code: 395. DB::Exception: it failed: while executing. (FUNCTION_THROW_IF_VALUE_IS_NON_ZERO)";

    // As ClickHouse writes it; see the real one in LateErrorTests.
    private static readonly string Block = $"\r\n__exception__\r\n{Tag}\r\n{Text}\n{Text.Length + 1} {Tag}\r\n__exception__\r\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(19)]
    [InlineData(36)]
    [InlineData(100)]
    [InlineData(100_000)]
    public async Task Read_of_a_late_error_split_anywhere_gives_the_data_and_then_the_error(int pieceBytes)
    {
        // Every length of data puts the marker at another place of the pieces and of the reader's buffer.
        for (var dataBytes = 0; dataBytes < 300; dataBytes += pieceBytes < 4 ? 7 : 1)
        {
            var data = new string('x', dataBytes);
            await using var stream = Stream(data + Block, pieceBytes, new IOException("the framing is broken"));

            var (read, error) = await ReadAsync(stream, bufferBytes: 256);

            Assert.Equal(data, read);
            Assert.Equal((395, Text, "q1", ClickHouseFailure.Refused), (error!.Code, error.Text, error.QueryId, error.Failure));
            Assert.Equal(dataBytes, stream.BytesRead);
            Assert.True(stream.Ended);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(8192)]
    public async Task Read_into_a_destination_of_any_size_gives_the_same(int bufferBytes)
    {
        var data = string.Concat(Enumerable.Range(0, 2000).Select(i => $"row {i}\r\n"));
        await using var good = Stream(data, 1000);
        await using var bad = Stream(data + Block, 1000);

        Assert.Equal((data, null), await ReadAsync(good, bufferBytes));
        var (read, error) = await ReadAsync(bad, bufferBytes);

        Assert.Equal(data, read);
        Assert.Equal(395, error!.Code);
    }

    [Theory]
    [InlineData("\r\n__exception__\r\n")]
    [InlineData("\r\n__exception__\r\nabcdefghijklmno?\r\n")]
    [InlineData("\r\n__exception__\r\nabcdefghijklmnop")]
    [InlineData("\r\n__exception__\r\nabcdefghijklmnop\r")]
    [InlineData("\r\n__exception__\nabcdefghijklmnop\r\n")]
    [InlineData("\r\r\n\r\r\n__exception_\r\n__exception__\r\n")]
    [InlineData("\r")]
    [InlineData("\r\n")]
    public async Task Read_of_data_that_resembles_the_marker_hands_it_out(string data)
    {
        foreach (var around in new[] { "", "x", new string('y', 250) })
        {
            for (var pieceBytes = 1; pieceBytes < 40; pieceBytes++)
            {
                await using var stream = Stream(around + data + around, pieceBytes);
                Assert.Equal((around + data + around, null), await ReadAsync(stream, 256));
            }
        }
    }

    [Fact]
    public async Task Read_after_the_error_throws_it_again()
    {
        await using var stream = Stream(Block, 10);

        var first = await Assert.ThrowsAsync<ClickHouseException>(async () => await stream.ReadExactlyAsync(new byte[1000]));
        var second = await Assert.ThrowsAsync<ClickHouseException>(async () => await stream.ReadExactlyAsync(new byte[10]));

        Assert.Same(first, second);
    }

    [Fact]
    public async Task Read_without_a_tag_recognizes_the_marker_alone()
    {
        await using var stream = new LateErrorStream(
            new ScriptedStream(Encoding.Latin1.GetBytes($"data\r\n__exception__\r\n{Text}"), 9), tag: null, "q1");

        var (read, error) = await ReadAsync(stream, 256);

        Assert.Equal(("data", 395), (read, error!.Code));
    }

    [Fact]
    public async Task Read_of_broken_framing_without_a_marker_is_an_unknown_outcome()
    {
        await using var stream = Stream("data\r\n__exception", 9, new IOException("the framing is broken"));

        var (read, error) = await ReadAsync(stream, 256);

        // The begin of a marker may have been data, but after a broken end nobody may take it for such.
        Assert.Equal("data", read);
        Assert.Equal((ClickHouseFailure.Unknown, 0, "q1"), (error!.Failure, error.Code, error.QueryId));
        Assert.Contains("the framing is broken", error.Text, StringComparison.Ordinal);
        Assert.True(stream.Ended);
    }

    [Fact]
    public async Task Read_of_an_error_block_cut_off_keeps_what_came_of_its_text()
    {
        await using var stream = Stream("data" + Block[..60], 9, new HttpRequestException("cut"));

        var (_, error) = await ReadAsync(stream, 256);

        Assert.Equal(395, error!.Code);
        Assert.StartsWith("Code: 395. DB::", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_of_an_endless_error_block_stops()
    {
        await using var stream = Stream(Block[..40] + new string('e', 1_000_000), 4096);

        var (_, error) = await ReadAsync(stream, 256);

        Assert.InRange(error!.Text.Length, 16_000, 40_000);
    }

    [Fact]
    public async Task Read_cancelled_inside_the_error_block_never_hands_it_out_later()
    {
        using var cancelled = new CancellationTokenSource();
        // The first piece is the data and the marker; the reader leaves while the block's text is awaited.
        await using var stream = new LateErrorStream(
            new ScriptedStream(Encoding.Latin1.GetBytes("data" + Block), 40, afterPiece: cancelled.Cancel), Tag, "q1");
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(new byte[256], cancelled.Token));

        var (read, error) = await ReadAsync(stream, 256);

        Assert.Equal("", read);
        Assert.NotNull(error);
    }

    private static LateErrorStream Stream(string body, int pieceBytes, Exception? end = null) =>
        new(new ScriptedStream(Encoding.Latin1.GetBytes(body), pieceBytes, end), Tag, "q1");

    private static async Task<(string Read, ClickHouseException? Error)> ReadAsync(Stream stream, int bufferBytes)
    {
        var read = new StringBuilder();
        var buffer = new byte[bufferBytes];
        try
        {
            while (await stream.ReadAsync(buffer) is > 0 and var count)
            {
                read.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            return (read.ToString(), null);
        }
        catch (ClickHouseException e)
        {
            return (read.ToString(), e);
        }
    }
}
