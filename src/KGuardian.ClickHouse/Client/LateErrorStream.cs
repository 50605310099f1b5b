using System.Buffers;
using System.Text;

namespace KGuardian.ClickHouse.Client;

/// <summary>
/// ClickHouse's answer without its late error. A query that fails after its first bytes keeps status 200; ClickHouse then appends
/// CR LF <c>__exception__</c> CR LF tag CR LF, the error's text and the tag again, and breaks the chunked framing. Whatever the format,
/// this stream ends such an answer with a <see cref="ClickHouseException"/> and never hands out the marker or the text.
/// </summary>
internal sealed class LateErrorStream : Stream
{
    /// <summary>Most of an error's text that is kept: ClickHouse itself caps the block at 16 KiB.</summary>
    private const int MaxErrorBytes = 16 * 1024;

    private readonly Stream _inner;
    private readonly string _queryId;
    private readonly byte[] _marker;
    private readonly byte[] _carry;
    private int _carried;
    private byte[]? _small;
    private int _smallAt;
    private int _smallEnd;
    private ClickHouseException? _error;

    /// <param name="inner">The answer's body.</param>
    /// <param name="tag">Value of <c>X-ClickHouse-Exception-Tag</c>; null when the server sent none (before 25.11).</param>
    /// <param name="queryId">For the error.</param>
    public LateErrorStream(Stream inner, string? tag, string queryId)
    {
        _inner = inner;
        _queryId = queryId;
        _marker = Encoding.ASCII.GetBytes(tag is null ? "\r\n__exception__\r\n" : $"\r\n__exception__\r\n{tag}\r\n");
        _carry = new byte[_marker.Length];
    }

    /// <summary>Bytes handed out so far.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Whether the answer's end was reached, by its last byte or by an error of the server's.</summary>
    public bool Ended { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A buffer must hold what is carried over and more; tiny ones are served from an own one.
        const int Least = 256;
        if (buffer.Length >= Least && _smallAt == _smallEnd)
        {
            return Count(await FillAsync(buffer, cancellationToken));
        }

        if (_smallAt == _smallEnd)
        {
            _small ??= new byte[4096];
            _smallAt = 0;
            _smallEnd = await FillAsync(_small, cancellationToken);
        }

        var count = Math.Min(buffer.Length, _smallEnd - _smallAt);
        _small.AsMemory(_smallAt, count).CopyTo(buffer);
        _smallAt += count;
        return Count(count);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Count(int bytes)
    {
        BytesRead += bytes;
        return bytes;
    }

    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_error is not null)
            {
                throw _error;
            }

            _carry.AsMemory(0, _carried).CopyTo(buffer);
            var read = await ReadInnerAsync(buffer[_carried..], cancellationToken);
            var filled = _carried + read;
            _carried = 0;
            if (read == 0)
            {
                Ended = true;
                return filled;
            }

            var at = buffer.Span[..filled].IndexOf(_marker);
            if (at >= 0)
            {
                _error = await ReadErrorAsync(buffer[(at + _marker.Length)..filled].ToArray(), cancellationToken);
                Ended = true;
                filled = at;
            }
            else
            {
                _carried = MarkerPrefixAtEnd(buffer.Span[..filled]);
                filled -= _carried;
                buffer.Span.Slice(filled, _carried).CopyTo(_carry);
            }

            if (filled > 0)
            {
                return filled;
            }
        }
    }

    private async ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            _error = new ClickHouseException(ClickHouseFailure.Unknown, 0, $"the answer broke off: {e.Message}", _queryId, e);
            Ended = true;
            throw _error;
        }
    }

    /// <summary>Reads the rest of the error block; the framing breaks after it, so that an I/O error is its regular end.</summary>
    private async Task<ClickHouseException> ReadErrorAsync(byte[] begin, CancellationToken cancellationToken)
    {
        var text = new ArrayBufferWriter<byte>(4096);
        text.Write(begin);
        try
        {
            while (text.WrittenCount < MaxErrorBytes)
            {
                var read = await _inner.ReadAsync(text.GetMemory(1024), cancellationToken);
                if (read == 0)
                {
                    break;
                }

                text.Advance(read);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return ErrorFrom(text.WrittenSpan, e);
        }
        catch (OperationCanceledException e)
        {
            // The marker is consumed: a later read must not take the rest of the block for data.
            _error = ErrorFrom(text.WrittenSpan, e);
            Ended = true;
            throw;
        }

        return ErrorFrom(text.WrittenSpan, inner: null);
    }

    private ClickHouseException ErrorFrom(ReadOnlySpan<byte> block, Exception? inner)
    {
        // The text ends with a line of its own length and the tag; the last line feed before that is the text's end.
        var text = Encoding.UTF8.GetString(block);
        var end = text.LastIndexOf("\r\n__exception__", StringComparison.Ordinal);
        text = end < 0 ? text : text[..end];
        var lastLine = text.LastIndexOf('\n');
        text = end < 0 || lastLine < 0 ? text : text[..lastLine];
        return new ClickHouseException(ClickHouseFailure.Refused, ClickHouseErrorText.Code(text), text.Trim(), _queryId, inner);
    }

    /// <summary>How many of the last bytes could be the begin of a marker that the next read completes.</summary>
    private int MarkerPrefixAtEnd(ReadOnlySpan<byte> bytes)
    {
        var tail = bytes.Length < _marker.Length ? bytes : bytes[^(_marker.Length - 1)..];
        for (var at = tail.IndexOf((byte)'\r'); at >= 0;)
        {
            if (_marker.AsSpan().StartsWith(tail[at..]))
            {
                return tail.Length - at;
            }

            var next = tail[(at + 1)..].IndexOf((byte)'\r');
            at = next < 0 ? -1 : at + 1 + next;
        }

        return 0;
    }
}
