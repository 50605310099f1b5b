using System.Buffers.Binary;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>
/// The messages of a stream of Arrow's IPC format, for Apache's reader: metadata is read and looked at here before any of it is passed on. A file of the format
/// is its magic, a stream, and a footer with the places of batches, which is not needed to read them in their order.
/// </summary>
/// <param name="source">The bytes; left open.</param>
/// <param name="memory">Bounds what is read.</param>
internal sealed class ArrowMessages(Stream source, ArrowMemory memory) : Stream
{
    /// <summary>Stands before the length of metadata; before it did (Arrow 0.15) the length came first.</summary>
    private const int Continuation = -1;

    private byte[] _head = [];
    private int _headAt;
    private int _headEnd;
    private long _bodyLeft;
    private bool _isBegun;
    private bool _isFile;
    private bool _hasSchema;
    private bool _isEnded;

    /// <summary>What reading the source threw: no fault of what is in it.</summary>
    public Exception? Failure { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    private static ReadOnlySpan<byte> Magic => "ARROW1"u8;

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_headAt == _headEnd && _bodyLeft == 0 && !_isEnded)
        {
            await NextAsync(cancellationToken);
        }

        if (_headAt < _headEnd)
        {
            var taken = Math.Min(buffer.Length, _headEnd - _headAt);
            _head.AsMemory(_headAt, taken).CopyTo(buffer);
            _headAt += taken;
            return taken;
        }

        if (_bodyLeft == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        var read = await ReadSourceAsync(buffer[..(int)Math.Min(buffer.Length, _bodyLeft)], cancellationToken);
        _bodyLeft -= read;
        return read > 0 ? read : throw new NotArrowException($"it ends within a message, {_bodyLeft} bytes before the end of its body");
    }

    /// <summary>Looks at what is behind the stream: nothing, or a file's footer.</summary>
    /// <exception cref="NotArrowException">Something else.</exception>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        // The last bytes are kept, which end with the magic where there is a footer.
        var (rest, kept) = (new byte[16 << 10], 0);
        var isAny = false;
        while (await ReadSourceAsync(rest.AsMemory(kept), cancellationToken) is > 0 and var read)
        {
            isAny = true;
            memory.Spend(read);
            var end = kept + read;
            kept = Math.Min(end, Magic.Length);
            rest.AsSpan(end - kept, kept).CopyTo(rest);
        }

        if (_isFile && !rest.AsSpan(0, kept).SequenceEqual(Magic))
        {
            throw new NotArrowException("it begins as a file and does not end as one, with a footer and ARROW1");
        }

        if (!_isFile && isAny)
        {
            throw new NotArrowException("there is more behind the end of the stream: send one stream a body");
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Reads the next message's length and metadata.</summary>
    private async ValueTask NextAsync(CancellationToken cancellationToken)
    {
        (_headAt, _headEnd) = (0, 0);
        if (!_isBegun)
        {
            _isBegun = true;
            _isFile = await FillAsync(sizeof(int), cancellationToken) && Magic.StartsWith(_head.AsSpan(0, sizeof(int)));
            if (_isFile)
            {
                // Padded to eight bytes.
                await NeedAsync(sizeof(int), cancellationToken);
                if (!_head.AsSpan(0, Magic.Length).SequenceEqual(Magic))
                {
                    throw new NotArrowException("it begins with neither a message nor ARROW1");
                }

                _headEnd = 0;
            }
        }

        if (_headEnd == 0 && !await FillAsync(sizeof(int), cancellationToken))
        {
            // A stream may end without a mark of its end.
            _isEnded = true;
            return;
        }

        var length = LastNumber();
        if (length == Continuation)
        {
            await NeedAsync(sizeof(int), cancellationToken);
            length = LastNumber();
        }

        if (length == 0)
        {
            _isEnded = true;
            return;
        }

        if (length is < 0 or > ArrowMetadata.MostBytes)
        {
            throw new NotArrowException($"a message has {length} bytes of metadata; allowed: 1 to {ArrowMetadata.MostBytes}");
        }

        memory.Spend(length);
        var begin = _headEnd;
        await NeedAsync(length, cancellationToken);
        (_bodyLeft, var isSchema) = ArrowMetadata.Check(_head.AsSpan(begin, length));
        if (_bodyLeft < 0)
        {
            throw new NotArrowException($"a message says that its body has {_bodyLeft} bytes");
        }

        if (isSchema && _hasSchema)
        {
            throw new NotArrowException("there is a second schema: send one stream a body");
        }

        _hasSchema |= isSchema;
    }

    private int LastNumber() => BinaryPrimitives.ReadInt32LittleEndian(_head.AsSpan(_headEnd - sizeof(int)));

    private async ValueTask NeedAsync(int bytes, CancellationToken cancellationToken)
    {
        if (!await FillAsync(bytes, cancellationToken))
        {
            throw new NotArrowException("it ends within a message");
        }
    }

    /// <summary>Appends bytes to the head; false when there are none at all.</summary>
    private async ValueTask<bool> FillAsync(int bytes, CancellationToken cancellationToken)
    {
        if (_head.Length < _headEnd + bytes)
        {
            Array.Resize(ref _head, Math.Max(_headEnd + bytes, 1024));
        }

        for (var filled = 0; filled < bytes;)
        {
            var read = await ReadSourceAsync(_head.AsMemory(_headEnd, bytes - filled), cancellationToken);
            if (read == 0)
            {
                return filled == 0 ? false : throw new NotArrowException("it ends within a message");
            }

            filled += read;
            _headEnd += read;
        }

        return true;
    }

    private async ValueTask<int> ReadSourceAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e)
        {
            Failure = e;
            throw;
        }
    }
}
