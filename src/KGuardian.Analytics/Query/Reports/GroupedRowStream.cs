using System.Buffers;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>
/// ClickHouse's lines of JSON as groups, <c>[{"group":[row, …]}, …]</c>: the last column, which is not shown, names a row's group, and brackets go
/// where it changes. Rows of a group must come together. One buffer in, one out, however long; names are compared and copied as they are
/// written, so that none can break the document.
/// </summary>
internal sealed class GroupedRowStream : Stream
{
    /// <summary>The name of the last column, as SQL writes it.</summary>
    public const string GroupColumn = "\"~group\"";

    private const int BufferBytes = 256 << 10;

    // A quote behind a comma is never part of a text, where quotes have a backslash: from the end, this is where the last column begins.
    private static readonly byte[] GroupBegin = [.. ",\"~group\":"u8];

    private readonly IEnumerator<Task<ClickHouseResult>> _parts;
    private readonly ArrayBufferWriter<byte> _out = new(BufferBytes);
    private ClickHouseResult? _part;
    private byte[] _in = new byte[BufferBytes];
    private int _inEnd;
    private int _outAt;
    private byte[]? _group;
    private bool _isEnded;

    private GroupedRowStream(IEnumerator<Task<ClickHouseResult>> parts) => _parts = parts;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>A stream over answers that follow each other; each begins when the one before has ended.</summary>
    /// <exception cref="ClickHouseException">The first one failed.</exception>
    public static async Task<GroupedRowStream> OpenAsync(IEnumerable<Task<ClickHouseResult>> parts)
    {
        var stream = new GroupedRowStream(parts.GetEnumerator());
        stream._out.Write("["u8);
        await stream.NextPartAsync();
        return stream;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_outAt == _out.WrittenCount && !_isEnded)
        {
            _out.ResetWrittenCount();
            _outAt = 0;
            await FillAsync(cancellationToken);
        }

        var count = Math.Min(buffer.Length, _out.WrittenCount - _outAt);
        _out.WrittenMemory.Slice(_outAt, count).CopyTo(buffer);
        _outAt += count;
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_part is not null)
        {
            await _part.DisposeAsync();
        }

        _part = null;
        _parts.Dispose();
        await base.DisposeAsync();
    }

    private async Task NextPartAsync()
    {
        if (_part is not null)
        {
            await _part.DisposeAsync();
        }

        _part = _parts.MoveNext() ? await _parts.Current : null;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_part is null)
        {
            _out.Write(_group is null ? "]"u8 : "]}]"u8);
            _isEnded = true;
            return;
        }

        if (_inEnd == _in.Length)
        {
            Array.Resize(ref _in, 2 * _in.Length);
        }

        var read = await _part.Body.ReadAsync(_in.AsMemory(_inEnd), cancellationToken);
        if (read == 0)
        {
            await NextPartAsync();
            return;
        }

        _inEnd += read;
        var rest = _in.AsSpan(0, _inEnd);
        for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
        {
            WriteRow(rest[..end]);
        }

        rest.CopyTo(_in);
        _inEnd = rest.Length;
    }

    private void WriteRow(ReadOnlySpan<byte> line)
    {
        var at = line.LastIndexOf(GroupBegin);
        var group = line[(at + GroupBegin.Length)..^1];
        if (group.SequenceEqual(_group))
        {
            _out.Write(","u8);
        }
        else
        {
            _out.Write(_group is null ? "{"u8 : "]},{"u8);
            _out.Write(group);
            _out.Write(":["u8);
            _group = group.ToArray();
        }

        _out.Write(line[..at]);
        _out.Write("}"u8);
    }
}
