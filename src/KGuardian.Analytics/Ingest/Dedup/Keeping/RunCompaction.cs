using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Retention;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Dedup.Keeping;

/// <summary>Keeps the files few, by making one of several, and without flows that have expired.</summary>
/// <param name="registry">Knows the files.</param>
/// <param name="store">Changes them.</param>
/// <param name="window">Which arrival days still count.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class RunCompaction(FlowRegistry registry, RunStore store, RetentionWindow window, IngestMetrics metrics, ILogger logger)
{
    /// <summary>Merges until nothing is due.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var epoch = registry.Epoch;
            var due = Due(registry.Runs, window.OldestDayNumber);
            if (due.Count == 0)
            {
                return;
            }

            try
            {
                var merged = store.Merge(due, window.OldestDayNumber, cancellationToken);
                if (await store.ReplaceAsync(due, merged, epoch))
                {
                    metrics.KeysMerged.Add(merged?.Keys ?? 0);
                }
            }
            catch (Exception e) when ((e is ObjectDisposedException || RunFailure.IsOfFile(e)) && registry.Epoch != epoch)
            {
                // All files were given up meanwhile: these are no matter.
            }
            catch (InvalidDataException e)
            {
                registry.Doubt(e.Message);
                return;
            }
            catch (Exception e) when (RunFailure.IsOfDisk(e))
            {
                metrics.KeyFileFailures.Add(1);
                LogNotMerged(e);
                return;
            }
        }
    }

    /// <summary>Files that are to become one: one whose flows have all expired, or most of them, else those that are due by their sizes.</summary>
    internal static IReadOnlyList<KeyRun> Due(IReadOnlyList<KeyRun> runs, ushort oldestDay)
    {
        var expired = runs.FirstOrDefault(run => run.FirstDay < oldestDay && RunMerge.KeysFrom(run, oldestDay) <= run.Keys / 2);
        return expired is not null ? [expired] : [.. runs.Skip(runs.Count - RunMerge.Due(runs))];
    }

    [LoggerMessage(1252, LogLevel.Warning, "Files of known flows could not be merged; it is tried again")]
    private partial void LogNotMerged(Exception exception);
}
