using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Ingest.Loading;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Dedup.Keeping;

/// <summary>Writes flows that no file holds into one, as soon as there are enough of them.</summary>
/// <param name="registry">Has the flows.</param>
/// <param name="store">Gets the files.</param>
/// <param name="loader">Brings flows into ClickHouse.</param>
/// <param name="clock">Waits after a failure.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class RunFlush(
    FlowRegistry registry, RunStore store, BlockLoader loader, TimeProvider clock, IngestMetrics metrics, ILogger logger)
{
    /// <summary>
    /// While files cannot be written flows wait in memory: for so many files' worth, a fifth of the memory for known flows. Then the files are given
    /// up.
    /// </summary>
    public const int MostFilesWaiting = 4;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>Writes files until there are not enough flows for another one.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (registry.UnsavedFlows >= registry.RunFlows && registry.Seal() is { } flows)
        {
            try
            {
                await SaveAsync(flows, cancellationToken);
            }
            catch (Exception e) when (RunFailure.IsOfDisk(e))
            {
                metrics.KeyFileFailures.Add(1);
                LogNotWritten(e, flows.Entries.Count);
                if (registry.UnsavedFlows >= MostFilesWaiting * (long)registry.RunFlows)
                {
                    registry.Doubt($"they cannot be written: {e.Message}");
                    await store.AbandonAsync();
                    return;
                }

                await Task.Delay(RetryInterval, clock, cancellationToken);
            }
        }
    }

    /// <summary>
    /// Writes the flows that are left, and up to which place all are in files now. Everything confirmed is in ClickHouse, and nobody confirms any
    /// more.
    /// </summary>
    /// <exception cref="IOException">The disk is full, or fails: the next start reads what is not in files from ClickHouse.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        while (registry.IsComplete && registry.Seal() is { } flows)
        {
            await SaveAsync(flows, cancellationToken);
        }

        if (registry.IsComplete && registry.Watermark > store.Watermark)
        {
            await store.AddAsync(null, registry.Epoch, registry.Watermark);
        }
    }

    private async Task SaveAsync(SealedFlows flows, CancellationToken cancellationToken)
    {
        // What is in a file is in ClickHouse: after a crash, what the journal has of it need not be looked for there.
        await loader.FlushAsync(cancellationToken);
        if (await store.AddAsync(store.Write(flows.Entries), flows.Epoch, flows.Watermark, flows))
        {
            metrics.KeysWritten.Add(flows.Entries.Count);
            registry.LetGo(flows);
            // The filters have grown, and the index may hold less.
            registry.ForgetExpired();
        }
    }

    [LoggerMessage(1251, LogLevel.Warning, "A file of {Flows} known flows could not be written; it is tried again")]
    private partial void LogNotWritten(Exception exception, int flows);
}
