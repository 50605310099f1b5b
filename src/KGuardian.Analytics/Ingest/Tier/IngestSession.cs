using System.IO.Pipelines;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Arrow;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Tier;

/// <summary>What one request needs to be read and committed: a parser and a batch, lent by <see cref="IngestSessions"/> and given back by disposal.</summary>
internal sealed class IngestSession : IDisposable
{
    private readonly IngestSessions _owner;
    private readonly BodyReader _reader;
    private readonly ArrowBodyReader _arrowReader;
    private long _taken;

    internal IngestSession(IngestSessions owner, IngestTier tier, FlowKeyHasher hasher)
    {
        _owner = owner;
        Tier = tier;
        _reader = new BodyReader(new EventParserOptions(), hasher, bytes => Take(bytes));
        _arrowReader = new ArrowBodyReader(new EventParserOptions(), hasher, Take);
    }

    /// <summary>Where the batch is committed.</summary>
    public IngestTier Tier { get; }

    /// <summary>The events read.</summary>
    public EventBatch Batch { get; } = new();

    /// <summary>Reads a body into <see cref="Batch"/>.</summary>
    /// <exception cref="MalformedBodyException">It is not what the route takes.</exception>
    /// <exception cref="BodyTooLargeException">It is too large.</exception>
    /// <exception cref="IngestUnavailableException">All requests together hold too much.</exception>
    public ValueTask ReadAsync(PipeReader body, BodyShape shape, CancellationToken cancellationToken) =>
        _reader.ReadAsync(body, shape, Batch, _owner.MaxBodyBytes, cancellationToken);

    /// <summary>Reads a body of Arrow's IPC format into <see cref="Batch"/>.</summary>
    /// <exception cref="NotArrowException">It is none, or has no columns of flows.</exception>
    /// <exception cref="BodyTooLargeException">It comes to too much.</exception>
    /// <exception cref="IngestUnavailableException">All requests together hold too much.</exception>
    public ValueTask ReadArrowAsync(Stream body, CancellationToken cancellationToken) =>
        _arrowReader.ReadAsync(body, Batch, _owner.MaxBodyBytes, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Batch.Clear();
        _owner.Budget.GiveBack(_taken);
        _taken = 0;
        _owner.Return(this);
    }

    private void Take(long bytes)
    {
        _owner.Budget.Take(bytes);
        _taken += bytes;
    }
}
