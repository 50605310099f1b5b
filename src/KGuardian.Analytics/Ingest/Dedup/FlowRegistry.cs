using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// Which flows are known: those of the index, those of the files, and those that are on their way to the journal (pending). A key is pending from the
/// moment it was found new until its flow is durable, or its group failed: whoever meets it meanwhile waits for the same write. Safe for concurrent
/// use.
/// </summary>
/// <param name="index">The flows seen lately, and those of no file.</param>
/// <param name="window">Which arrival days still count.</param>
internal sealed partial class FlowRegistry(FlowIndex index, RetentionWindow window)
{
    private readonly Lock _lock = new();
    private readonly HashSet<FlowKey> _pending = [];

    /// <summary>
    /// Tells repeats from new flows, whose keys are pending from now on; the caller gives each back by <see cref="Confirm"/> or
    /// <see cref="Release(ReadOnlySpan{FlowKey})"/>.
    /// </summary>
    /// <param name="keys">The keys of a batch.</param>
    /// <param name="lookup">What the files said of this batch so far.</param>
    /// <param name="verified">
    /// What ClickHouse said of keys that the index does not hold: the arrival day of their row, -1 for none. Null when it was not asked.
    /// </param>
    public Classification Classify(ReadOnlySpan<FlowKey> keys, RunLookup lookup, Dictionary<FlowKey, int>? verified)
    {
        var misses = new RowList(keys.Length);
        try
        {
            lock (_lock)
            {
                // One look at the window for the whole batch: what it says is forgotten is new here, and hidden in reads from now on.
                index.OldestDay = window.OldestDayNumber;
                FindMisses(keys, ref misses);
                return _isComplete ? ClassifyByFiles(keys, misses.Rows, lookup) : ClassifyByClickHouse(keys, misses.Rows, verified);
            }
        }
        finally
        {
            misses.Dispose();
        }
    }

    /// <summary>Flows have become durable: they are known.</summary>
    /// <param name="keys">Their keys.</param>
    /// <param name="days">Their arrival days.</param>
    /// <param name="loadedBefore">A place in the order of arrival: flows up to it were confirmed before.</param>
    public void Confirm(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<ushort> days, long loadedBefore)
    {
        bool isFull;
        lock (_lock)
        {
            for (var row = 0; row < keys.Length; row++)
            {
                Keep(keys[row], days[row]);
                _pending.Remove(keys[row]);
            }

            _confirmedUpTo = Math.Max(_confirmedUpTo, loadedBefore);
            isFull = UnsavedCount >= RunFlows;
        }

        if (isFull)
        {
            Full?.Invoke();
        }
    }

    /// <summary>Flows did not become durable: they are not known.</summary>
    public void Release(ReadOnlySpan<FlowKey> keys)
    {
        lock (_lock)
        {
            foreach (var key in keys)
            {
                _pending.Remove(key);
            }
        }
    }

    /// <summary>The same for some rows of a batch.</summary>
    public void Release(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<int> rows)
    {
        lock (_lock)
        {
            foreach (var row in rows)
            {
                _pending.Remove(keys[row]);
            }
        }
    }

    /// <summary>
    /// Rows whose flows are neither in the index nor pending; while all flows are in files, only those that no file can hold. Others are most likely repeats.
    /// </summary>
    public List<int> UnknownRows(ReadOnlySpan<FlowKey> keys)
    {
        var unknown = new List<int>();
        lock (_lock)
        {
            index.OldestDay = window.OldestDayNumber;
            for (var row = 0; row < keys.Length; row++)
            {
                if (!index.Contains(keys[row]) && !_pending.Contains(keys[row]) && !(_isComplete && MayBeInFiles(keys[row])))
                {
                    unknown.Add(row);
                }
            }
        }

        return unknown;
    }

    /// <summary>Adds flows that ClickHouse was asked for, so that it need not be asked again soon.</summary>
    public void Remember(IEnumerable<KeyValuePair<FlowKey, ushort>> flows)
    {
        lock (_lock)
        {
            foreach (var (key, day) in flows)
            {
                index.Add(key, day);
            }
        }
    }

    /// <summary>Gives the memory of expired flows back, which are not known any more either way, and of what the index holds above its limit.</summary>
    public void ForgetExpired()
    {
        for (var stripe = 0; stripe < FlowIndex.Stripes; stripe++)
        {
            // One stripe at a time: requests wait for 1/256 of the index at most.
            lock (_lock)
            {
                index.OldestDay = window.OldestDayNumber;
                index.Forget(stripe);
            }
        }
    }

    private void FindMisses(ReadOnlySpan<FlowKey> keys, ref RowList misses)
    {
        for (var row = 0; row < keys.Length; row++)
        {
            if (row + Memory.RowsAhead < keys.Length)
            {
                index.Prefetch(keys[row + Memory.RowsAhead]);
            }

            if (!index.Contains(keys[row]))
            {
                misses.Add(row);
            }
        }
    }

    /// <summary>What is neither in the index nor in a file is new.</summary>
    private Classification ClassifyByFiles(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<int> misses, RunLookup lookup)
    {
        if (misses.Length > 0 && !lookup.Ask(_runs, _generation, keys, misses))
        {
            return new Classification { NeedsPages = true };
        }

        var fresh = new RowList(misses.Length);
        var waits = false;
        foreach (var row in misses)
        {
            if (lookup.DayOf(row) is var day && day >= index.OldestDay)
            {
                // Seen lately from now on.
                index.Add(keys[row], (ushort)day);
            }
            else if (_pending.Add(keys[row]))
            {
                fresh.Add(row);
            }
            else
            {
                waits = true;
            }
        }

        return new Classification { Fresh = fresh, Waits = waits, OldestDay = index.OldestDay };
    }

    /// <summary>While not every flow is in the index or a file: what is not in the index is new when ClickHouse says so.</summary>
    private Classification ClassifyByClickHouse(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<int> misses, Dictionary<FlowKey, int>? verified)
    {
        List<int>? unknown = null;
        var waits = false;
        var fresh = new RowList(misses.Length);
        foreach (var row in misses)
        {
            var key = keys[row];
            if (_pending.Contains(key))
            {
                waits = true;
            }
            else if (verified is null || !verified.TryGetValue(key, out var day))
            {
                (unknown ??= []).Add(row);
            }
            else if (day < index.OldestDay)
            {
                _pending.Add(key);
                fresh.Add(row);
            }
        }

        if (unknown is null)
        {
            return new Classification { Fresh = fresh, Waits = waits, OldestDay = index.OldestDay };
        }

        foreach (var row in fresh.Rows)
        {
            _pending.Remove(keys[row]);
        }

        fresh.Dispose();
        return new Classification { Unknown = unknown };
    }
}
