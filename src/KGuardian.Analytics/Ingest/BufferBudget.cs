namespace KGuardian.Analytics.Ingest;

/// <summary>Bounds the bytes of bodies that all requests together hold (<c>Ingest:MaxBufferedBytes</c>).</summary>
internal sealed class BufferBudget(long limit)
{
    private long _taken;

    /// <summary>Bytes held at the moment.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes bytes for a request.</summary>
    /// <exception cref="IngestUnavailableException">Too many are held; nothing was taken.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) > limit)
        {
            GiveBack(bytes);
            throw new IngestUnavailableException($"bodies of more than {limit} bytes are being read (Ingest:MaxBufferedBytes)");
        }
    }

    /// <summary>Gives bytes back that were taken.</summary>
    public void GiveBack(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
