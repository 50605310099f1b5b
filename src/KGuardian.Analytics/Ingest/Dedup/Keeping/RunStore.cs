using System.Runtime.InteropServices;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Dedup.Keeping;

/// <summary>
/// The files of known flows and the registry that asks them, changed together and by one at a time. A change that was begun before everything was
/// forgotten comes to nothing.
/// </summary>
/// <param name="path">The files' directory, which nobody else changes.</param>
/// <param name="registry">Asks them.</param>
/// <param name="options">Memory.</param>
/// <param name="metrics">Counters.</param>
/// <param name="logger">Log.</param>
internal sealed partial class RunStore(string path, FlowRegistry registry, DedupOptions options, IngestMetrics metrics, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private RunDirectory? _directory;

    /// <summary>Called when there is a file more.</summary>
    public Action? Grown { get; set; }

    /// <summary>Bytes of the files.</summary>
    public long Bytes => registry.Runs.Sum(run => run.FileBytes);

    /// <summary>All flows up to this place in the order of arrival are in the files; null when nothing is known of any.</summary>
    public long? Watermark => Files.Watermark;

    private RunDirectory Files => _directory ?? throw new InvalidOperationException("the files are not open yet");

    /// <summary>Opens the files. Returns why those that were there are of no use; null when they are, or there were none.</summary>
    /// <param name="store">What the flows are of.</param>
    /// <exception cref="IOException">The directory cannot be read or written.</exception>
    public string? Open(string store)
    {
        // A start that failed is tried again.
        registry.ForgetAll();
        _directory?.Dispose();
        _directory = new RunDirectory(path, store);
        Publish(hasMore: true);
        return _directory.Problem;
    }

    /// <summary>Writes flows, which are sorted, into a file that does not count yet.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public KeyRun Write(List<KeyEntry> flows)
    {
        var sorted = CollectionsMarshal.AsSpan(flows);
        sorted.Sort();
        var (first, last) = (ushort.MaxValue, ushort.MinValue);
        foreach (var flow in sorted)
        {
            (first, last) = (Math.Min(first, flow.Day), Math.Max(last, flow.Day));
        }

        using var writer = new KeyRunWriter(Files.NewPath(), flows.Count, first, last);
        foreach (var flow in sorted)
        {
            writer.Add(flow);
        }

        return writer.Finish()!;
    }

    /// <summary>Writes one file of several, without what has expired; it does not count yet. Null when nothing is left.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public KeyRun? Merge(IReadOnlyCollection<KeyRun> runs, ushort oldestDay, CancellationToken cancellationToken) =>
        RunMerge.Write(Files.NewPath(), runs, oldestDay, cancellationToken);

    /// <summary>Lets a file count. False, and it is deleted, when everything was forgotten meanwhile.</summary>
    /// <param name="run">The file; null when there is none, and only the watermark grows.</param>
    /// <param name="epoch">The registry's when its flows were read.</param>
    /// <param name="watermark">Up to which place all flows are in files now, when the registry is complete; null leaves it as it is.</param>
    /// <param name="saved">The registry's sealed flows, when it is they that are in the file.</param>
    /// <exception cref="IOException">The disk is full, or fails: nothing has changed, and the file is deleted.</exception>
    public async Task<bool> AddAsync(KeyRun? run, long epoch, long? watermark, SealedFlows? saved = null)
    {
        var isAdded = await ChangeAsync(epoch, run, () =>
        {
            Files.Append(run, registry.IsComplete ? watermark : null);
            Publish(hasMore: true, saved);
        });
        Grown?.Invoke();
        return isAdded;
    }

    /// <summary>
    /// Lets a file count in place of others, which are deleted. False, and the file itself is deleted, when everything was forgotten meanwhile.
    /// </summary>
    /// <exception cref="IOException">The disk is full, or fails: nothing has changed, and the file is deleted.</exception>
    public Task<bool> ReplaceAsync(IReadOnlyList<KeyRun> merged, KeyRun? run, long epoch) => ChangeAsync(epoch, run, () =>
    {
        Files.Replace(merged, run);
        Publish(hasMore: false);
        RunDirectory.Delete(merged);
    });

    /// <summary>All known flows are in the index or in files now, those up to a place in files.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public Task<bool> CompleteAsync(long watermark, long epoch) => ChangeAsync(epoch, null, () =>
    {
        Files.Append(null, watermark);
        registry.MarkComplete();
    });

    /// <summary>
    /// Gives all files up, so that others are made. Returns the place up to which flows are to be read from ClickHouse: those behind it become known
    /// by themselves.
    /// </summary>
    public async Task<long> RestartAsync()
    {
        await AbandonAsync();
        return registry.BeginTracking();
    }

    /// <summary>Gives all files up: ClickHouse is asked from now on.</summary>
    public Task AbandonAsync() => ClearAsync(registry.Abandon);

    /// <summary>There are no flows any more. No request may be under way.</summary>
    public Task ForgetAllAsync() => ClearAsync(registry.ForgetAll);

    /// <inheritdoc/>
    public void Dispose()
    {
        _directory?.Dispose();
        _gate.Dispose();
    }

    private async Task ClearAsync(Action forget)
    {
        await _gate.WaitAsync();
        try
        {
            // The registry first: it asks the files' filters, which are gone when they are closed.
            forget();
            Files.Clear();
        }
        catch (Exception e) when (RunFailure.IsOfDisk(e))
        {
            // They count for nothing in this process, and the next one finds out what they are.
            metrics.KeyFileFailures.Add(1);
            LogNotDeleted(e);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<bool> ChangeAsync(long epoch, KeyRun? added, Action change)
    {
        await _gate.WaitAsync();
        try
        {
            if (registry.Epoch == epoch)
            {
                change();
                return true;
            }
        }
        catch
        {
            Discard(added);
            throw;
        }
        finally
        {
            _gate.Release();
        }

        Discard(added);
        return false;
    }

    private void Discard(KeyRun? run)
    {
        if (run is not null && !registry.Runs.Contains(run))
        {
            RunDirectory.Delete([run]);
        }
    }

    [LoggerMessage(1260, LogLevel.Warning, "Files of known flows that are of no use could not be deleted; the next start deletes them")]
    private partial void LogNotDeleted(Exception exception);

    private void Publish(bool hasMore, SealedFlows? saved = null) =>
        registry.Publish(Files.Runs, options.IndexedFlows(Files.Runs.Sum(run => run.MemoryBytes)), hasMore, saved);
}
