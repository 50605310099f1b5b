using System.IO.Pipelines;
using System.Text;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class BodyReaderTests
{
    private const long Unlimited = 1L << 30;

    private readonly BodyReader _reader = new(new EventParserOptions(), Bodies.Hasher);
    private readonly EventBatch _batch = new();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public async Task ReadAsync_BodyInSegments_IsTheSameAsWhole(int segment)
    {
        // More than one chunk of 64 KiB.
        var body = Repeat(Bodies.Real(128), 3);
        await _reader.ReadAsync(Pieces(body, segment), BodyShape.Batch, _batch, Unlimited, CancellationToken.None);
        Assert.Equal(Bodies.Describe(Bodies.Parse(body)), Bodies.Describe(_batch));
    }

    [Fact]
    public async Task ReadAsync_BodiesOneAfterTheOther_StartAfresh()
    {
        for (var i = 0; i < 3; i++)
        {
            await _reader.ReadAsync(Pieces(Bodies.OneEvent(), 50), BodyShape.OneEvent, _batch, Unlimited, CancellationToken.None);
            await Assert.ThrowsAsync<MalformedBodyException>(
                () => _reader.ReadAsync(Pieces("[{\"uuid\""u8.ToArray(), 3), BodyShape.Batch, _batch, Unlimited, CancellationToken.None).AsTask());
        }

        Assert.Equal(3, _batch.Count);
    }

    [Fact]
    public async Task Row_as_long_as_may_be_looked_at_whole_and_one_that_is_longer_are_both_read()
    {
        var longest = new EventParserOptions().MaxWholeRowBytes;
        var row = "{\"x\":[" + string.Join(',', Enumerable.Repeat("\"" + new string('y', 60_000) + "\"", 4)) + "]";
        row += new string(' ', longest - row.Length - 1) + "}";
        var body = Encoding.UTF8.GetBytes($"[{row},{row}]");
        await _reader.ReadAsync(Pieces(body, 4096), BodyShape.Batch, _batch, Unlimited, CancellationToken.None);
        Assert.Equal(2, _batch.RejectedCount);

        body = Encoding.UTF8.GetBytes($"[{row}, {row.Replace("[", " [")}]");
        _batch.Clear();
        await _reader.ReadAsync(Pieces(body, 4096), BodyShape.Batch, _batch, Unlimited, CancellationToken.None);
        Assert.Equal([longest, longest + 1L], _batch.Rejected.Select(rejected => rejected.RawBytes));
    }

    [Theory]
    [InlineData("\"extra\":\"{0}\"", 40 << 20)]
    [InlineData("\"extra\":[{0}]", 1 << 20)]
    [InlineData("\"{0}\":1", 1 << 20)]
    [InlineData("\"extra\":1{0}", 1 << 20)]
    public async Task Unknown_field_of_any_length_is_skipped_in_constant_memory(string field, int bytes)
    {
        var filling = field.Contains('[') ? string.Join(',', Enumerable.Repeat("\"0123456789\"", bytes / 13)) : new string('1', bytes);
        var one = Encoding.UTF8.GetString(Bodies.OneEvent());
        var body = Encoding.UTF8.GetBytes($"[{one},{one[..^1]},{string.Format(System.Globalization.CultureInfo.InvariantCulture, field, filling)}}},{one}]");
        var before = GC.GetAllocatedBytesForCurrentThread();

        await _reader.ReadAsync(PipeReader.Create(new MemoryStream(body)), BodyShape.Batch, _batch, Unlimited, CancellationToken.None);

        Assert.Equal((3, 0), (_batch.Count, _batch.RejectedCount));
        // The buffer for a row that is looked at whole, twice while it grows, and what the pipe holds.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public async Task ReadAsync_BodyOfTheLimit_IsReadAndOneByteMoreIsNot()
    {
        var body = Bodies.Real(20);
        await _reader.ReadAsync(Pieces(body, 1000), BodyShape.Batch, _batch, body.Length, CancellationToken.None);
        Assert.Equal(20, _batch.Count);

        var e = await Assert.ThrowsAsync<BodyTooLargeException>(
            () => _reader.ReadAsync(Pieces(body, 1000), BodyShape.Batch, _batch, body.Length - 1, CancellationToken.None).AsTask());
        Assert.Contains("Ingest:MaxBodyBytes", e.Message);
    }

    [Fact]
    public async Task ReadAsync_RefusedBody_LeavesAPipeThatCanBeDrained()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes("nonsense" + new string(' ', 100_000)));
        await Assert.ThrowsAsync<MalformedBodyException>(
            () => _reader.ReadAsync(pipe.Reader, BodyShape.Batch, _batch, Unlimited, CancellationToken.None).AsTask());
        await Assert.ThrowsAsync<BodyTooLargeException>(
            () => _reader.ReadAsync(pipe.Reader, BodyShape.Batch, _batch, 10, CancellationToken.None).AsTask());

        await pipe.Writer.CompleteAsync();
        for (ReadResult result; !(result = await pipe.Reader.ReadAsync()).IsCompleted || !result.Buffer.IsEmpty;)
        {
            pipe.Reader.AdvanceTo(result.Buffer.End);
        }
    }

    [Fact]
    public async Task ReadAsync_CancelledWhileWaiting_EndsAndLeavesThePipeUsable()
    {
        var pipe = new Pipe();
        using var cancel = new CancellationTokenSource();
        var reading = _reader.ReadAsync(pipe.Reader, BodyShape.Batch, _batch, Unlimited, cancel.Token).AsTask();
        await pipe.Writer.WriteAsync("["u8.ToArray());
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        reading = _reader.ReadAsync(pipe.Reader, BodyShape.Batch, _batch, Unlimited, CancellationToken.None).AsTask();
        pipe.Reader.CancelPendingRead();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await pipe.Writer.WriteAsync("x"u8.ToArray());
        Assert.True(pipe.Reader.TryRead(out _));
    }

    [Fact]
    public async Task ReadAsync_ErrorInTheFirstChunk_IsFoundWithoutTheRestOfTheBody()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Writer.WriteAsync(new byte[64 * 1024]);
        var e = await Assert.ThrowsAsync<MalformedBodyException>(
            () => _reader.ReadAsync(pipe.Reader, BodyShape.Batch, _batch, Unlimited, CancellationToken.None).AsTask());
        Assert.Equal((0L, "an array of events"), (e.ByteOffset, e.Expected));
    }

    private static byte[] Repeat(byte[] array, int times) =>
        [(byte)'[', .. Enumerable.Range(0, times).SelectMany(i => i == 0 ? array[1..^1] : [(byte)',', .. array[1..^1]]), (byte)']'];

    private static PipeReader Pieces(byte[] body, int segment)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, minimumSegmentSize: 1));
        _ = Task.Run(async () =>
        {
            foreach (var piece in body.Chunk(segment))
            {
                await pipe.Writer.WriteAsync(piece);
            }

            await pipe.Writer.CompleteAsync();
        });
        return pipe.Reader;
    }
}
