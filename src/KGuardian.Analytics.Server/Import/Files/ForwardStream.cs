namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>
/// A file that may be read once over, and some more for what is looked up: a damaged one can send its reader back to the same place again and again.
/// </summary>
/// <param name="file">The file; left open.</param>
internal sealed class ForwardStream(Stream file) : Stream
{
    // The footer is read twice, and pages are read in blocks that may overlap.
    private long _left = (4 * file.Length) + (1 << 20);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position { get => file.Position; set => file.Position = value; }

    public override int Read(Span<byte> buffer) => Count(file.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Count(await file.ReadAsync(buffer, cancellationToken));

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void Flush() => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // A read costs something also when nothing comes of it.
    private int Count(int read) => (_left -= read + 1) >= 0 ? read : throw new InvalidDataException("its pages lead back to where it was read before");
}
