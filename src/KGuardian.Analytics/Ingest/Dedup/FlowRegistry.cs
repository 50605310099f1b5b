using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// Which flows are known: those of the index, and those that are on their way to the journal (pending). A key is pending from the moment it was found new until
/// its flow is durable, or its group failed: whoever meets it meanwhile waits for the same write. Safe for concurrent use.
/// </summary>
/// <param name="index">The flows that are durable.</param>
/// <param name="window">Which arrival days still count.</param>
internal sealed class FlowRegistry(FlowIndex index, RetentionWindow window)
{
    private readonly Lock _lock = new();
    private readonly HashSet<FlowKey> _pending = [];

    /// <summary>Flows held in memory, expired ones included until <see cref="ForgetExpired"/>.</summary>
    public long Flows
    {
        get
        {
            lock (_lock)
            {
                return index.Count;
            }
        }
    }

    /// <summary>Bytes of the index.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return index.Bytes;
            }
        }
    }

    /// <summary>Whether every known flow is in memory.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_lock)
            {
                return index.IsComplete;
            }
        }
    }

    /// <summary>
    /// Tells repeats from new flows, whose keys are pending from now on; the caller gives each back by <see cref="Confirm"/> or <see cref="Release(ReadOnlySpan{FlowKey})"/>.
    /// Nothing is pending where <see cref="Classification.Unknown"/> says that only ClickHouse can tell.
    /// </summary>
    /// <param name="keys">The keys of a batch.</param>
    /// <param name="verified">What ClickHouse said of keys that the index does not hold: the arrival day of their row, -1 for none. Null when it was not asked.</param>
    public Classification Classify(ReadOnlySpan<FlowKey> keys, Dictionary<FlowKey, int>? verified)
    {
        var fresh = new RowList(keys.Length);
        lock (_lock)
        {
            // One look at the window for the whole batch: what it says is forgotten is new here, and hidden in reads from now on.
            index.OldestDay = window.OldestDayNumber;
            var waits = Classify(keys, verified, ref fresh, out var unknown);
            if (unknown is null)
            {
                return new Classification(fresh, waits, null, index.OldestDay);
            }

            RemovePending(keys, fresh.Rows);
            fresh.Dispose();
            return new Classification(default, false, unknown, index.OldestDay);
        }
    }

    /// <summary>Flows have become durable: they are known.</summary>
    /// <param name="keys">Their keys.</param>
    /// <param name="days">Their arrival days.</param>
    public void Confirm(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<ushort> days)
    {
        lock (_lock)
        {
            for (var row = 0; row < keys.Length; row++)
            {
                index.Add(keys[row], days[row]);
                _pending.Remove(keys[row]);
            }
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
            RemovePending(keys, rows);
        }
    }

    /// <summary>Rows whose flows are neither in the index nor pending.</summary>
    public List<int> UnknownRows(ReadOnlySpan<FlowKey> keys)
    {
        var unknown = new List<int>();
        lock (_lock)
        {
            index.OldestDay = window.OldestDayNumber;
            for (var row = 0; row < keys.Length; row++)
            {
                if (!index.Contains(keys[row]) && !_pending.Contains(keys[row]))
                {
                    unknown.Add(row);
                }
            }
        }

        return unknown;
    }

    /// <summary>Adds flows that are in ClickHouse, with the days of their arrival.</summary>
    public void Learn(IEnumerable<KeyValuePair<FlowKey, ushort>> flows)
    {
        lock (_lock)
        {
            foreach (var (key, day) in flows)
            {
                index.Add(key, day);
            }
        }
    }

    /// <summary>Gives the memory of expired flows back; they are not known any more either way.</summary>
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

    /// <summary>Forgets every flow. No request may be under way.</summary>
    public void ForgetAll()
    {
        lock (_lock)
        {
            index.Clear();
        }
    }

    /// <summary>Makes the keys pending that nobody knows. Returns whether some are pending already, for another request.</summary>
    private bool Classify(ReadOnlySpan<FlowKey> keys, Dictionary<FlowKey, int>? verified, ref RowList fresh, out List<int>? unknown)
    {
        var waits = false;
        unknown = null;
        for (var row = 0; row < keys.Length; row++)
        {
            var key = keys[row];
            if (row + Memory.RowsAhead < keys.Length)
            {
                index.Prefetch(keys[row + Memory.RowsAhead]);
            }

            if (index.Contains(key))
            {
                continue;
            }

            if (index.IsComplete)
            {
                if (_pending.Add(key))
                {
                    fresh.Add(row);
                }
                else
                {
                    waits = true;
                }
            }
            else if (_pending.Contains(key))
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

        return waits;
    }

    private void RemovePending(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<int> rows)
    {
        foreach (var row in rows)
        {
            _pending.Remove(keys[row]);
        }
    }
}

/// <summary>What <see cref="FlowRegistry.Classify(ReadOnlySpan{Flows.FlowKey}, Dictionary{Flows.FlowKey, int}?)"/> made of a batch.</summary>
/// <param name="Fresh">Rows of new flows, whose keys are pending; the caller disposes of it.</param>
/// <param name="Waits">Whether other rows are of flows that another request brought, and that are not durable yet.</param>
/// <param name="Unknown">Rows of which only ClickHouse can tell whether they are new; null when all was decided.</param>
/// <param name="OldestDay">The oldest arrival day that counted, in days since 1970.</param>
internal readonly record struct Classification(RowList Fresh, bool Waits, List<int>? Unknown, ushort OldestDay);
