namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>A stream whose first bytes can be looked at before they are read; also one that cannot seek.</summary>
internal sealed class PeekStream(Stream inner) : Stream
{
    private byte[] _peeked = [];
    private long _ofRow;
    private int _at;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Bytes that may be read between two calls of <see cref="RowRead"/>.</summary>
    public long MostOfRow { get; set; } = long.MaxValue;

    /// <summary>A row was read.</summary>
    public void RowRead() => _ofRow = 0;

    /// <summary>The first bytes, fewer at the end; before anything is read.</summary>
    public async Task<byte[]> PeekAsync(int bytes, CancellationToken cancellationToken)
    {
        var more = new byte[Math.Max(bytes, _peeked.Length)];
        _peeked.CopyTo(more, 0);
        var length = _peeked.Length + await inner.ReadAtLeastAsync(
            more.AsMemory(_peeked.Length), more.Length - _peeked.Length, throwOnEndOfStream: false, cancellationToken);
        _peeked = more[..length];
        return _peeked[..Math.Min(bytes, length)];
    }

    public override int Read(Span<byte> buffer) => Count(TakePeeked(buffer) is > 0 and var taken ? taken : inner.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(TakePeeked(buffer.Span) is > 0 and var taken ? taken : await inner.ReadAsync(buffer, cancellationToken));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int read) => (_ofRow += read) <= MostOfRow ? read : throw new InvalidDataException($"a row has more than {MostOfRow} bytes");

    private int TakePeeked(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _peeked.Length - _at);
        _peeked.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }
}
