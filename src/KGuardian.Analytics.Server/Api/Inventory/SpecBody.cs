using System.Buffers;
using System.IO.Pipelines;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary>
/// A body that is read whole: manifests are compacted, which takes all of one. Its memory is given back by disposal, when nothing reads it any more.
/// </summary>
/// <param name="mostBytes">The longest that is accepted.</param>
/// <param name="budget">Bounds what all requests hold.</param>
internal sealed class SpecBody(long mostBytes, BufferBudget budget) : IDisposable
{
    private const int LeastBytes = 16 << 10;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(LeastBytes);
    private int _length;

    /// <summary>What was read.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads until the pipe is complete.</summary>
    /// <exception cref="BodyTooLargeException">It is longer than accepted.</exception>
    /// <exception cref="IngestUnavailableException">All requests together hold too much.</exception>
    public async Task ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var isTooLarge = _length + read.Buffer.Length > mostBytes;
            var count = isTooLarge ? 0 : (int)read.Buffer.Length;
            try
            {
                Reserve(count);
                read.Buffer.Slice(0, count).CopyTo(_buffer.AsSpan(_length));
                _length += count;
            }
            finally
            {
                // A pipe must not be left inside a read.
                body.AdvanceTo(read.Buffer.End);
            }

            if (isTooLarge)
            {
                throw new BodyTooLargeException(mostBytes);
            }

            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        budget.GiveBack(_length);
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private void Reserve(int count)
    {
        budget.Take(count);
        if (_length + count > _buffer.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(2 * _buffer.Length, _length + count));
            Bytes.Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
