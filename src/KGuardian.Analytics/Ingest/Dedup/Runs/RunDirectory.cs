using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// The runs of a directory. Each change is durable with one replacement of the manifest: whenever this process is killed, the next one finds the runs
/// before it or behind it, and deletes what belongs to neither. One change at a time.
/// </summary>
internal sealed class RunDirectory : IDisposable
{
    private const string ManifestName = "runs.json";
    private const string RunSuffix = ".keys";

    private readonly string _path;
    private readonly string _store;
    private readonly List<KeyRun> _runs = [];

    /// <summary>Opens a directory; it is created when it is not there.</summary>
    /// <param name="path">The directory, which nobody else changes.</param>
    /// <param name="store">What the flows are of.</param>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    public RunDirectory(string path, string store)
    {
        _path = path;
        _store = store;
        PrivateFiles.CreateDirectory(path);
        try
        {
            Load();
        }
        catch (Exception e) when (RunFailure.IsOfFile(e))
        {
            // The files repeat what ClickHouse has: who opens them is told why they are of no use, and makes new ones.
            Problem = e.Message;
            Clear();
        }

        DeleteOthers();
    }

    /// <summary>Why files that were there are of no use; null when they are, or there were none.</summary>
    public string? Problem { get; private set; }

    /// <summary>The runs, from the oldest to the newest.</summary>
    public IReadOnlyList<KeyRun> Runs => _runs;

    /// <summary>All flows up to this place in the order of arrival are in the runs; null when nothing is known of any.</summary>
    public long? Watermark { get; private set; }

    /// <summary>Where a new run is to be written.</summary>
    public string NewPath() => Path.Combine(_path, Guid.NewGuid().ToString("N") + RunSuffix);

    /// <summary>Adds what was written to <see cref="NewPath"/>.</summary>
    /// <param name="run">The newest run; null when there were no new keys.</param>
    /// <param name="watermark">Up to which place all flows are in the runs now; null leaves it as it is.</param>
    /// <exception cref="IOException">The disk is full, or fails: nothing has changed.</exception>
    public void Append(KeyRun? run, long? watermark) => Change(run is null ? [.. _runs] : [.. _runs, run], watermark ?? Watermark);

    /// <summary>
    /// Puts one run in the place of others, which stand together. Theirs do not count any more, but are open, and readers may be in them:
    /// <see cref="Delete"/> ends that.
    /// </summary>
    /// <param name="merged">The others.</param>
    /// <param name="run">What <see cref="RunMerge"/> made of them; null when nothing was left.</param>
    /// <exception cref="IOException">The disk is full, or fails: nothing has changed.</exception>
    public void Replace(IReadOnlyList<KeyRun> merged, KeyRun? run)
    {
        var at = _runs.IndexOf(merged[0]);
        if (at < 0 || !_runs.Skip(at).Take(merged.Count).SequenceEqual(merged))
        {
            throw new ArgumentException("these runs are not, or no longer, beside each other in this directory", nameof(merged));
        }

        Change([.. _runs.Take(at), .. run is null ? Array.Empty<KeyRun>() : [run], .. _runs.Skip(at + merged.Count)], Watermark);
    }

    /// <summary>Closes and deletes runs that do not count.</summary>
    /// <exception cref="IOException">The disk fails; the next start deletes them.</exception>
    public static void Delete(IEnumerable<KeyRun> runs)
    {
        foreach (var run in runs)
        {
            run.Dispose();
            File.Delete(run.Path);
        }
    }

    /// <summary>Forgets all runs, and that anything was known.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Clear()
    {
        // Whatever the disk does, none counts here any more.
        Watermark = null;
        _runs.ForEach(run => run.Dispose());
        _runs.Clear();
        // First the manifest: without it no file counts for the next process.
        File.Delete(Path.Combine(_path, ManifestName));
        DeleteOthers();
    }

    /// <inheritdoc/>
    public void Dispose() => _runs.ForEach(run => run.Dispose());

    private void Load()
    {
        if (RunManifest.Read(Path.Combine(_path, ManifestName)) is not { } manifest)
        {
            return;
        }

        if (manifest.Watermark is null)
        {
            throw new InvalidDataException($"{_path}: the making of these files was cut short");
        }

        if (manifest.Store != _store)
        {
            throw new InvalidDataException($"{_path}: these are the flows of another store, or of this one before it was restored");
        }

        foreach (var name in manifest.Runs)
        {
            var run = KeyRun.Open(Path.Combine(_path, name.File));
            _runs.Add(run);
            if (run.Id != name.Id)
            {
                throw new InvalidDataException($"{run.Path}: this is another run than the one of this name");
            }
        }

        Watermark = manifest.Watermark;
    }

    private void Change(List<KeyRun> runs, long? watermark)
    {
        new RunManifest(_store, watermark, [.. runs.Select(run => new RunName(Path.GetFileName(run.Path), run.Id))]).Write(Path.Combine(_path, ManifestName));
        _runs.Clear();
        _runs.AddRange(runs);
        Watermark = watermark;
    }

    /// <summary>What a process that was killed had begun to write, or not yet deleted.</summary>
    private void DeleteOthers()
    {
        foreach (var file in Directory.EnumerateFiles(_path, "*" + RunSuffix).Except(_runs.Select(run => run.Path)))
        {
            File.Delete(file);
        }
    }
}
