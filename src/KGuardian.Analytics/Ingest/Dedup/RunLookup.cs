using System.Buffers;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// What the files say of a batch's flows, found out in two steps: their filters are asked under the registry's lock, and pages are read outside of
/// it. Answers hold for one generation of the files: behind it a flow may have moved from the index into a file.
/// </summary>
internal sealed class RunLookup : IDisposable
{
    /// <summary>No file holds the flow.</summary>
    public const int NotThere = -1;

    private const int NotAsked = -2;
    private const long NoGeneration = -1;

    private readonly List<(int Row, KeyRun Run)> _questions = [];
    private int[] _days = [];
    private long _generation = NoGeneration;

    /// <summary>The arrival day of a row's flow in the files, or <see cref="NotThere"/>.</summary>
    public int DayOf(int row) => _days[row];

    /// <summary>
    /// Asks the filters. False when pages have to be read first, by <see cref="Read"/>, and this is to be called again. Under the registry's lock.
    /// </summary>
    /// <param name="runs">The files.</param>
    /// <param name="generation">Their generation.</param>
    /// <param name="keys">The batch.</param>
    /// <param name="asked">Which rows are asked for.</param>
    public bool Ask(ReadOnlySpan<KeyRun> runs, long generation, ReadOnlySpan<FlowKey> keys, ReadOnlySpan<int> asked)
    {
        if (generation != _generation)
        {
            Rent(keys.Length);
            _days.AsSpan(0, keys.Length).Fill(NotAsked);
            _generation = generation;
        }

        _questions.Clear();
        foreach (var run in runs)
        {
            Ask(run, keys, asked);
        }

        foreach (var row in asked)
        {
            _days[row] = Math.Max(_days[row], NotThere);
        }

        return _questions.Count == 0;
    }

    /// <summary>Reads the pages in which asked flows may be, and returns how many. Not under the registry's lock.</summary>
    /// <param name="keys">The batch.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public int Read(ReadOnlySpan<FlowKey> keys)
    {
        try
        {
            foreach (var (row, run) in _questions)
            {
                var entry = new KeyEntry(keys[row], 0);
                _days[row] = Math.Max(_days[row], run.FindDay(entry.Lo, entry.Tail));
            }
        }
        catch (ObjectDisposedException)
        {
            // Merged into another one meanwhile: that is asked, from the beginning.
            _generation = NoGeneration;
        }
        catch
        {
            _generation = NoGeneration;
            throw;
        }

        return _questions.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => Rent(0);

    private void Rent(int rows)
    {
        if (_days.Length > 0)
        {
            ArrayPool<int>.Shared.Return(_days);
        }

        _days = rows == 0 ? [] : ArrayPool<int>.Shared.Rent(rows);
    }

    private void Ask(KeyRun run, ReadOnlySpan<FlowKey> keys, ReadOnlySpan<int> asked)
    {
        for (var i = 0; i < asked.Length; i++)
        {
            if (i + Memory.RowsAhead < asked.Length)
            {
                run.Filter.Prefetch(keys[asked[i + Memory.RowsAhead]].Lo);
            }

            var row = asked[i];
            if (_days[row] == NotAsked && run.Filter.MayContain(keys[row].Lo, (uint)(keys[row].Hi >> 32)))
            {
                _questions.Add((row, run));
            }
        }
    }
}
