using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>
/// An answer in the Native format as rows of text. A read renders rows straight into the reader's buffer: nothing lies between the block that was
/// read last and what the reader has taken, so that a slow reader slows ClickHouse down, and an error of the query comes behind all rows before it.
/// </summary>
internal sealed class RowTextStream : Stream
{
    private readonly NativeReader _blocks;
    private readonly RowText _text;
    private readonly RowRenderer _rows;

    /// <summary>What did not fit into the reader's buffer.</summary>
    private Memory<byte> _rest;
    private bool _isEmpty = true;
    private bool _isEnded;

    /// <param name="native">The answer.</param>
    /// <param name="queryId">For errors.</param>
    /// <param name="text">What is around values.</param>
    /// <param name="columns">The answer's columns.</param>
    /// <param name="zone">What is behind times.</param>
    public RowTextStream(Stream native, string queryId, RowText text, IReadOnlyList<FlowColumn> columns, string zone)
    {
        _blocks = new NativeReader(native, queryId);
        _text = text;
        _rows = new RowRenderer(text, columns, zone);
        _rest = text.Begin;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="ClickHouseException">The query failed, or its answer is damaged or cut.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        while (_rest.IsEmpty)
        {
            if (_isEnded)
            {
                return 0;
            }

            if (!_rows.IsDone)
            {
                if (WriteRows(buffer.Span) is > 0 and var written)
                {
                    return written;
                }

                // Room for one row at least.
                var own = new byte[_rows.MostBytes];
                _rest = own.AsMemory(0, WriteRows(own));
            }
            else if (await _blocks.ReadAsync(cancellationToken))
            {
                _rows.Load(_blocks);
            }
            else
            {
                _rest = _isEmpty ? _text.Empty : _text.End;
                _isEnded = true;
            }
        }

        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
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

    private int WriteRows(Span<byte> to)
    {
        var written = _rows.Write(to);
        if (_isEmpty && written > 0)
        {
            _isEmpty = false;
            to[0] = _text.First ?? to[0];
        }

        return written;
    }
}
