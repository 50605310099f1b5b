using System.Buffers;
using System.Text.Json;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary>States as the rows of a JSON array, without its brackets, rendered as they are read: one is held at a time.</summary>
/// <typeparam name="TState">A state.</typeparam>
/// <param name="states">The states; what they are taken from does not change.</param>
/// <param name="write">Writes one.</param>
internal sealed class StateArrayStream<TState>(IEnumerable<TState> states, Action<Utf8JsonWriter, TState> write) : Stream
{
    private readonly IEnumerator<TState> _states = states.GetEnumerator();
    private readonly ArrayBufferWriter<byte> _row = new(4096);
    private readonly Utf8JsonWriter _json = new(Stream.Null, StateAnswers.Options);
    private ReadOnlyMemory<byte> _rest;
    private bool _isFirst = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override int Read(Span<byte> buffer)
    {
        var length = 0;
        while (length < buffer.Length && (!_rest.IsEmpty || MoveNext()))
        {
            var count = Math.Min(buffer.Length - length, _rest.Length);
            _rest.Span[..count].CopyTo(buffer[length..]);
            _rest = _rest[count..];
            length += count;
        }

        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _states.Dispose();
            _json.Dispose();
        }

        base.Dispose(disposing);
    }

    private bool MoveNext()
    {
        if (!_states.MoveNext())
        {
            return false;
        }

        _row.ResetWrittenCount();
        if (!_isFirst)
        {
            _row.Write(","u8);
        }

        _isFirst = false;
        _json.Reset(_row);
        write(_json, _states.Current);
        _json.Flush();
        _rest = _row.WrittenMemory;
        return true;
    }
}
