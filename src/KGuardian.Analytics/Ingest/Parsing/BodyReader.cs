using System.Buffers;
using System.IO.Pipelines;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>
/// Reads a whole body from a pipe into an <see cref="EventBatch"/>. The pipe's segments are copied into one buffer, so that the parser
/// always sees contiguous bytes. Not thread-safe; meant to be pooled.
/// </summary>
internal sealed class BodyReader
{
    /// <summary>How much is gathered before it is parsed: 200 events of 330 bytes, and below the large object heap's 85,000 bytes.</summary>
    private const int ChunkBytes = 64 * 1024;

    private readonly EventParser _parser;
    private readonly int _maxBufferBytes;
    private readonly Action<int>? _taken;
    private byte[] _buffer = new byte[ChunkBytes];

    /// <summary>A reader with a parser of its own.</summary>
    /// <param name="options">Limits of the parser.</param>
    /// <param name="hasher">For the rows' keys.</param>
    /// <param name="taken">Told how many bytes more are held; may refuse by throwing, which ends the read.</param>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of range.</exception>
    public BodyReader(EventParserOptions options, FlowKeyHasher hasher, Action<int>? taken = null)
    {
        _taken = taken;
        _parser = new EventParser(options, hasher);
        _maxBufferBytes = options.MaxWholeRowBytes + ChunkBytes;
    }

    /// <summary>Reads and parses until the pipe is complete, adding rows to <paramref name="batch"/>.</summary>
    /// <param name="body">The unpacked body. It is left advanced over what was looked at; completing it is the caller's part.</param>
    /// <param name="shape">What the body is made of.</param>
    /// <param name="batch">Takes the rows. After an exception it holds rows of the refused body: clear it.</param>
    /// <param name="maxBytes">The longest body that is accepted.</param>
    /// <param name="ct">Ends the wait for more bytes.</param>
    /// <exception cref="MalformedBodyException">The body is not JSON of this shape, or ends too early.</exception>
    /// <exception cref="BodyTooLargeException">The body is longer than <paramref name="maxBytes"/>.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public async ValueTask ReadAsync(PipeReader body, BodyShape shape, EventBatch batch, long maxBytes, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (_buffer.Length > ChunkBytes)
        {
            _buffer = new byte[ChunkBytes];
        }

        _parser.Begin(shape);
        var filled = 0;
        var total = 0L;
        while (true)
        {
            var result = await body.ReadAsync(ct);
            var available = result.Buffer;
            var count = (int)Math.Min(available.Length, _buffer.Length - filled);
            available.Slice(0, count).CopyTo(_buffer.AsSpan(filled));
            var tooLarge = total + available.Length > maxBytes;
            var isFinal = result.IsCompleted && count == available.Length;

            // Advanced before anything can throw: a pipe must not be left inside a read.
            body.AdvanceTo(available.GetPosition(count));
            if (result.IsCanceled)
            {
                throw new OperationCanceledException("The read of the body was cancelled.");
            }

            if (tooLarge)
            {
                throw new BodyTooLargeException(maxBytes);
            }

            _taken?.Invoke(count);
            total += count;
            filled += count;

            if (isFinal)
            {
                _parser.Parse(_buffer.AsSpan(0, filled), isFinal: true, batch);
                return;
            }

            if (filled == _buffer.Length)
            {
                filled = ParseFull(batch);
            }
        }
    }

    // Parses a full buffer, moves what is left of it to the front and answers its length. A row that is longer than the buffer doubles
    // it, so that a row is scanned again at most as often as its length doubles; what is beyond the largest row to be looked at whole is not held.
    private int ParseFull(EventBatch batch)
    {
        var done = _parser.Parse(_buffer, isFinal: false, batch);
        var left = _buffer.AsSpan(done);
        if (done == 0)
        {
            Array.Resize(ref _buffer, Math.Min(2 * _buffer.Length, _maxBufferBytes));
        }
        else
        {
            left.CopyTo(_buffer);
        }

        return left.Length;
    }
}
