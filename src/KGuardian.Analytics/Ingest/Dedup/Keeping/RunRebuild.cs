using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Dedup.Keeping;

/// <summary>
/// Makes the files anew from ClickHouse, while ingest goes on and asks ClickHouse itself. From its begin on, flows that become known are kept as
/// always; those before it are read: first the few that are not in the order of arrival behind what was known then, then all others.
/// </summary>
/// <param name="registry">What is known.</param>
/// <param name="store">Gets the files.</param>
/// <param name="storedKeys">Reads them.</param>
/// <param name="loader">Brings flows into ClickHouse.</param>
/// <param name="arrivals">The order of arrival.</param>
/// <param name="clock">Times it.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class RunRebuild(
    FlowRegistry registry, RunStore store, StoredKeys storedKeys, BlockLoader loader, ArrivalSequence arrivals, TimeProvider clock,
    IngestMetrics metrics, ILogger logger)
{
    private long _read;

    /// <summary>Makes them, unless the registry is complete. What fails is begun anew with the next call.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task RunAsync(FlowKeyHasher hasher, CancellationToken cancellationToken)
    {
        if (registry.IsComplete)
        {
            return;
        }

        try
        {
            await RebuildAsync(hasher, cancellationToken);
        }
        catch (Exception e) when (RunFailure.IsOfFile(e))
        {
            metrics.KeyFileFailures.Add(1);
            LogFailed(e, Volatile.Read(ref _read));
            await store.AbandonAsync();
        }
    }

    private async Task RebuildAsync(FlowKeyHasher hasher, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        _read = 0;
        var before = await store.RestartAsync();
        var epoch = registry.Epoch;
        LogBegun();
        await loader.FlushAsync(cancellationToken);
        var last = Math.Max(arrivals.HighWatermark, await storedKeys.ReadLastSequenceAsync(cancellationToken));
        await foreach (var flows in storedKeys.ReadAsync(hasher, before, last, cancellationToken))
        {
            registry.Learn(flows.Keys, flows.Days);
        }

        var file = new List<KeyEntry>();
        await foreach (var flows in storedKeys.ReadAsync(hasher, null, before, cancellationToken))
        {
            for (var row = 0; row < flows.Keys.Length; row++)
            {
                file.Add(new KeyEntry(flows.Keys[row], flows.Days[row]));
            }

            Volatile.Write(ref _read, _read + flows.Keys.Length);
            if (file.Count >= registry.RunFlows && !await WriteAsync(file, epoch))
            {
                return;
            }
        }

        if ((file.Count == 0 || await WriteAsync(file, epoch)) && await store.CompleteAsync(before, epoch))
        {
            LogDone(registry.Flows, clock.GetElapsedTime(started));
        }
    }

    /// <summary>False when everything was forgotten meanwhile.</summary>
    private async Task<bool> WriteAsync(List<KeyEntry> flows, long epoch)
    {
        var isAdded = await store.AddAsync(store.Write(flows), epoch, watermark: null);
        metrics.KeysWritten.Add(flows.Count);
        flows.Clear();
        return isAdded;
    }

    [LoggerMessage(
        1253, LogLevel.Information,
        "The files of known flows are made anew from ClickHouse; until that is done it is asked for each flow that is not in memory")]
    private partial void LogBegun();

    [LoggerMessage(1254, LogLevel.Information, "The files of known flows are made: {Flows} flows in {Elapsed}")]
    private partial void LogDone(long flows, TimeSpan elapsed);

    [LoggerMessage(1255, LogLevel.Warning, "The files of known flows could not be made, after {Flows} flows; it is tried again")]
    private partial void LogFailed(Exception exception, long flows);
}
