using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>
/// The batches of a stream or a file of Arrow's IPC format, by Apache's reader. It throws whatever comes to it of bytes that are no Arrow; here that is told
/// apart from what is not the stream's fault. Batches are not disposed: they share dictionaries, and <see cref="ArrowMemory"/> needs none of it.
/// </summary>
internal sealed class ArrowBatches : IDisposable
{
    private readonly ArrowMemory _memory;
    private readonly ArrowMessages _messages;
    private readonly ArrowStreamReader _reader;

    /// <param name="source">The bytes; left open.</param>
    /// <param name="memory">Bounds what is read, and holds it.</param>
    public ArrowBatches(Stream source, ArrowMemory memory)
    {
        _memory = memory;
        _messages = new ArrowMessages(source, memory);
        _reader = new ArrowStreamReader(_messages, memory, new CompressionCodecFactory(), leaveOpen: false);
    }

    /// <summary>The columns.</summary>
    /// <exception cref="NotArrowException">It is no Arrow.</exception>
    public async ValueTask<Schema> ReadSchemaAsync(CancellationToken cancellationToken) =>
        await OfReaderAsync(async () => await _reader.GetSchema(cancellationToken), cancellationToken)
        ?? throw new NotArrowException("Not an Arrow stream: it is empty.");

    /// <summary>The next batch; null at the end.</summary>
    /// <exception cref="NotArrowException">It is no Arrow.</exception>
    public async ValueTask<RecordBatch?> ReadAsync(CancellationToken cancellationToken)
    {
        var batch = await OfReaderAsync(async () => await _reader.ReadNextRecordBatchAsync(cancellationToken), cancellationToken);
        if (batch is null)
        {
            await OfReaderAsync(
                async () =>
                {
                    await _messages.EndAsync(cancellationToken);
                    return batch;
                },
                cancellationToken);
        }

        return batch;
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private async ValueTask<T> OfReaderAsync<T>(Func<Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read();
        }
        catch (NotArrowException e)
        {
            throw new NotArrowException($"Not an Arrow stream: {e.Message}.", e);
        }
        catch (Exception e) when (!IsOurs(e, cancellationToken))
        {
            throw new NotArrowException($"Not an Arrow stream: {e.Message}", e);
        }
    }

    /// <summary>Whether it says nothing of the stream: its source failed, the bound of memory is reached, or nobody waits any more.</summary>
    private bool IsOurs(Exception exception, CancellationToken cancellationToken) =>
        ReferenceEquals(exception, _messages.Failure) || ReferenceEquals(exception, _memory.Refusal) || exception is OutOfMemoryException
        || (exception is OperationCanceledException && cancellationToken.IsCancellationRequested);
}
