using System.Collections.Concurrent;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Import;

/// <summary>
/// One run of an import: batches of a source go to the server, several at once, and are accounted for in their order; what is accounted for is in the
/// state's file.
/// </summary>
internal sealed class ImportRun : IDisposable
{
    /// <summary>Requests at once: the server syncs its journal once for all of them.</summary>
    private const int AtOnce = 4;

    private readonly ImportSender _sender;
    private readonly ImportPace _pace;
    private readonly string _statePath;
    private readonly KeyFile _keys;
    private readonly ConcurrentBag<ImportBatch> _idle = [];

    /// <param name="sender">Sends.</param>
    /// <param name="pace">Holds it back.</param>
    /// <param name="state">How far it has come.</param>
    /// <param name="statePath">The state's file.</param>
    /// <param name="rejects">Where rows go that cannot be stored.</param>
    /// <exception cref="IOException">A file cannot be written, or is not as it was left.</exception>
    public ImportRun(ImportSender sender, ImportPace pace, ImportState state, string statePath, RejectFile rejects)
    {
        (_sender, _pace, State, _statePath, Rejects) = (sender, pace, state, statePath, rejects);
        rejects.CutTo(state.RejectBytes);
        _keys = new KeyFile($"{statePath}.keys", state.KeyBytes);
        state.Write(statePath);
    }

    /// <summary>How far it has come.</summary>
    public ImportState State { get; }

    /// <summary>Where rows go that cannot be stored.</summary>
    public RejectFile Rejects { get; }

    /// <summary>Told of rows that are accounted for.</summary>
    public Action<ImportTable, long> Progressed { get; init; } = (_, _) => { };

    /// <summary>Rows of a batch.</summary>
    public int RowsOf(ImportTable table) => _pace.RowsOf(table);

    /// <summary>An empty batch for a source to fill; not before one of those before is accounted for, when there are enough.</summary>
    public ImportBatch Rent() => _idle.TryTake(out var batch) ? batch : new ImportBatch();

    /// <summary>Sends what a source gives, to its end.</summary>
    /// <exception cref="CommandException">The server refuses it, or was away for too long.</exception>
    public async Task SendAllAsync(ImportTable table, IAsyncEnumerable<ImportBatch> source, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sending = new Queue<(ImportBatch Batch, Task<SentBatch> Sent)>();
        try
        {
            await foreach (var batch in source.WithCancellation(ending.Token))
            {
                if (sending.Count == AtOnce)
                {
                    await AcknowledgeAsync(table, sending.Dequeue());
                }

                await _pace.WaitAsync(batch.Count, ending.Token);
                sending.Enqueue((batch, _sender.SendAsync(table, batch, ending.Token)));
            }

            while (sending.Count > 0)
            {
                await AcknowledgeAsync(table, sending.Dequeue());
            }
        }
        finally
        {
            await ending.CancelAsync();
            foreach (var (_, sent) in sending)
            {
                // The first failure is told; these end with it, and what they stored counts as known the next time.
                await sent.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        State.Of(table).Done = true;
        State.Write(_statePath);
    }

    /// <summary>All of it is done. Returns how many flows were the same as another one of them.</summary>
    public long Finish()
    {
        var duplicates = _keys.Count - _keys.CountDistinct();
        State.Finished = true;
        State.Write(_statePath);
        return duplicates;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        Rejects.Dispose();
        if (State.Finished)
        {
            File.Delete($"{_statePath}.keys");
        }
    }

    private async Task AcknowledgeAsync(ImportTable table, (ImportBatch Batch, Task<SentBatch> Sent) one)
    {
        var sent = await one.Sent;
        var (batch, result, state) = (one.Batch, sent.Result, State.Of(table));
        var rows = batch.Count + batch.Rejects.Count;
        state.Rows += rows;
        state.Stored += result.Stored;
        state.Known += result.Known;
        state.Older += result.Older;
        state.Ignored += result.Ignored;
        state.Rejected += result.Rejected + batch.Rejects.Count;
        state.Resent += sent.Resent;
        state.Position = batch.Position;
        foreach (var reject in batch.Rejects.Concat(sent.Rejects))
        {
            var reason = reject.Field.Length > 0 ? $"{reject.Field}: {reject.Reason}" : reject.Reason;
            state.Reasons[reason] = state.Reasons.GetValueOrDefault(reason) + 1;
        }

        // First what the state counts, then the state: who is killed between the two cuts it off again.
        Rejects.Append(table.Name, batch.Rejects.Concat(sent.Rejects));
        _keys.Append(sent.Keys);
        (State.RejectBytes, State.KeyBytes) = (Rejects.Bytes, _keys.Bytes);
        State.Write(_statePath);
        Progressed(table, rows);
        batch.Clear();
        _idle.Add(batch);
    }
}
