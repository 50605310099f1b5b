using System.Runtime.InteropServices;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// The part of those who keep the files. Flows that no file holds yet are tracked: they stay in the index, and in a list that is sealed and written
/// when it is long enough. The registry is complete while each known flow is in the index or in a file; when it is not, ClickHouse is asked.
/// </summary>
internal sealed partial class FlowRegistry
{
    /// <summary>Keys that are taken over or marked at a time: requests wait for the lock meanwhile.</summary>
    private const int KeysAtATime = 1024;

    private KeyRun[] _runs = [];
    private List<KeyEntry> _unsaved = [];

    /// <summary>The list before, emptied: at 16 bytes a flow and a million of them it is not thrown away each time.</summary>
    private List<KeyEntry>? _spare;
    private SealedFlows? _sealed;
    private bool _isComplete = true;
    private bool _isTracking = true;
    private long _generation;
    private long _epoch;
    private long _confirmedUpTo;
    private long _learnedUpTo = long.MaxValue;

    /// <summary>So many flows that no file holds make one.</summary>
    public int RunFlows
    {
        get;
        init
        {
            field = value;
            // At once, and some for those that come before it is sealed: a list that grows is copied, and leaves garbage of its size.
            _unsaved.EnsureCapacity((int)Math.Min(Array.MaxLength, value * 5L / 4));
        }
    } = int.MaxValue;

    /// <summary>Called when there are <see cref="RunFlows"/> flows that no file holds.</summary>
    public Action? Full { get; set; }

    /// <summary>Called when the files turned out to be of no use.</summary>
    public Action<string>? Doubted { get; set; }

    /// <summary>Whether every known flow is in the index or in a file. Else ClickHouse is asked.</summary>
    public bool IsComplete => Locked(() => _isComplete);

    /// <summary>
    /// Known flows: those of the files that have not expired, and those of no file. Not all of them while this is not <see cref="IsComplete"/>.
    /// </summary>
    public long Flows => Locked(() => _runs.Sum(run => RunMerge.KeysFrom(run, index.OldestDay)) + UnsavedCount);

    /// <summary>Flows in the index.</summary>
    public long IndexedFlows => Locked(() => index.Count);

    /// <summary>Bytes of the index, of what belongs to the files in memory, and of the list of flows of no file.</summary>
    public long Bytes => Locked(() => index.Bytes + _runs.Sum(run => run.MemoryBytes) + (UnsavedCount * 16L));

    /// <summary>Flows that no file holds.</summary>
    public int UnsavedFlows => Locked(() => UnsavedCount);

    /// <summary>The files, from the oldest to the newest.</summary>
    public IReadOnlyList<KeyRun> Runs => Locked(() => _runs);

    /// <summary>Changes when all that was known is forgotten: what was begun before must not be brought in any more.</summary>
    public long Epoch => Locked(() => _epoch);

    /// <summary>All flows up to this place in the order of arrival are known, once this is complete.</summary>
    public long Watermark => Locked(() => Math.Min(_confirmedUpTo, _learnedUpTo));

    private int UnsavedCount => _unsaved.Count + (_sealed?.Entries.Count ?? 0);

    /// <summary>
    /// Adds flows that ClickHouse has, and that perhaps are not known. Reads files: not for the threads of requests.
    /// </summary>
    /// <param name="keys">Their keys.</param>
    /// <param name="days">Their arrival days.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public void Learn(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<ushort> days)
    {
        for (var at = 0; at < keys.Length; at += KeysAtATime)
        {
            var count = Math.Min(KeysAtATime, keys.Length - at);
            using var lookup = new RunLookup();
            while (!TryLearn(keys.Slice(at, count), days.Slice(at, count), lookup))
            {
                lookup.Read(keys.Slice(at, count));
            }
        }

        if (UnsavedFlows >= RunFlows)
        {
            Full?.Invoke();
        }
    }

    /// <summary>Those of the keys that are neither in the index nor in a file. Reads files.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public HashSet<FlowKey> Unknown(ReadOnlySpan<FlowKey> keys)
    {
        var unknown = new HashSet<FlowKey>();
        using var lookup = new RunLookup();
        int[] rows = [.. Enumerable.Range(0, keys.Length)];
        while (!TryFindUnknown(keys, rows, lookup, unknown))
        {
            lookup.Read(keys);
        }

        return unknown;
    }

    /// <summary>Everything up to a place was confirmed, or learned.</summary>
    public void AdvanceTo(long place) => Locked(() => _confirmedUpTo = Math.Max(_confirmedUpTo, place));

    /// <summary>Of other servers' flows only those up to a place are known for sure. Default all: there are no others.</summary>
    public void LearnedUpTo(long place) => Locked(() => _learnedUpTo = place);

    /// <summary>What is to be written into a file next; the same again until it was published. Null when there is nothing.</summary>
    public SealedFlows? Seal()
    {
        lock (_lock)
        {
            if (_sealed is null && _unsaved.Count > 0)
            {
                _sealed = new SealedFlows(_unsaved, _epoch, Math.Min(_confirmedUpTo, _learnedUpTo));
                _unsaved = _spare ?? new List<KeyEntry>(_unsaved.Capacity);
                _spare = null;
            }

            return _sealed;
        }
    }

    /// <summary>Exchanges the files.</summary>
    /// <param name="runs">The files from now on.</param>
    /// <param name="indexedFlows">What the index may hold beside them.</param>
    /// <param name="hasMore">Whether they hold flows that none held before.</param>
    /// <param name="saved">The flows that were sealed, when they are in the files now.</param>
    public void Publish(IEnumerable<KeyRun> runs, long indexedFlows, bool hasMore, SealedFlows? saved = null)
    {
        lock (_lock)
        {
            _runs = [.. runs];
            index.Limit = indexedFlows;
            _generation += hasMore ? 1 : 0;
            _sealed = _sealed == saved ? null : _sealed;
        }
    }

    /// <summary>Flows are in a file that was published: the index may let them go. Their list is used again.</summary>
    public void LetGo(SealedFlows flows)
    {
        var entries = flows.Entries;
        for (var at = 0; at < entries.Count; at += KeysAtATime)
        {
            lock (_lock)
            {
                if (_epoch != flows.Epoch)
                {
                    return;
                }

                foreach (var entry in CollectionsMarshal.AsSpan(entries).Slice(at, Math.Min(KeysAtATime, entries.Count - at)))
                {
                    index.MarkSaved(entry);
                }
            }
        }

        lock (_lock)
        {
            entries.Clear();
            _spare = entries;
        }
    }

    /// <summary>Every known flow is in the index or in a file.</summary>
    public void MarkComplete() => Locked(() =>
    {
        _generation++;
        _isComplete = true;
    });

    /// <summary>The files are of no use: from now on ClickHouse is asked.</summary>
    /// <param name="reason">What is wrong with them.</param>
    public void Doubt(string reason)
    {
        lock (_lock)
        {
            if (!_isComplete)
            {
                return;
            }

            _isComplete = false;
            _generation++;
        }

        Doubted?.Invoke(reason);
    }

    /// <summary>Gives all files up: from now on ClickHouse is asked, and new flows are not kept for a file. Nobody may close the files before.</summary>
    public void Abandon()
    {
        lock (_lock)
        {
            _isComplete = false;
            _isTracking = false;
            DropFiles();
        }

        for (var stripe = 0; stripe < FlowIndex.Stripes; stripe++)
        {
            lock (_lock)
            {
                index.MarkAllSaved(stripe);
            }
        }
    }

    /// <summary>
    /// After <see cref="Abandon"/>: flows that become known from now on are kept for a file. Returns the place up to which they were known before.
    /// </summary>
    public long BeginTracking() => Locked(() =>
    {
        _isTracking = true;
        return Math.Min(_confirmedUpTo, _learnedUpTo);
    });

    /// <summary>Forgets every flow: there is none. No request may be under way.</summary>
    public void ForgetAll() => Locked(() =>
    {
        index.Clear();
        DropFiles();
        _isComplete = true;
        _isTracking = true;
    });

    /// <summary>Known flows of each arrival day, in days since 1970, expired ones included.</summary>
    public Dictionary<ushort, long> CountByDay()
    {
        lock (_lock)
        {
            var days = new Dictionary<ushort, long>();
            foreach (var run in _runs)
            {
                for (var day = run.FirstDay; day <= run.LastDay; day++)
                {
                    days[day] = days.GetValueOrDefault(day) + run.KeysOfDays[day - run.FirstDay];
                }
            }

            foreach (var flow in _unsaved.Concat(_sealed?.Entries ?? []))
            {
                days[flow.Day] = days.GetValueOrDefault(flow.Day) + 1;
            }

            return days;
        }
    }

    private bool TryLearn(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<ushort> days, RunLookup lookup)
    {
        var rows = new RowList(keys.Length);
        try
        {
            lock (_lock)
            {
                index.OldestDay = window.OldestDayNumber;
                for (var row = 0; row < keys.Length; row++)
                {
                    // While this is not complete, what is in the index and saved is in ClickHouse, and perhaps not in a file.
                    if (!(_isComplete ? index.Contains(keys[row]) : index.IsUnsaved(keys[row])))
                    {
                        rows.Add(row);
                    }
                }

                if (rows.Count > 0 && !lookup.Ask(_runs, _generation, keys, rows.Rows))
                {
                    return false;
                }

                foreach (var row in rows.Rows)
                {
                    if (lookup.DayOf(row) < days[row])
                    {
                        Keep(keys[row], days[row]);
                    }
                }
            }
        }
        finally
        {
            rows.Dispose();
        }

        return true;
    }

    private bool TryFindUnknown(ReadOnlySpan<FlowKey> keys, ReadOnlySpan<int> rows, RunLookup lookup, HashSet<FlowKey> unknown)
    {
        lock (_lock)
        {
            index.OldestDay = window.OldestDayNumber;
            if (!lookup.Ask(_runs, _generation, keys, rows))
            {
                return false;
            }

            foreach (var row in rows)
            {
                if (!index.Contains(keys[row]) && lookup.DayOf(row) < index.OldestDay)
                {
                    unknown.Add(keys[row]);
                }
            }

            return true;
        }
    }

    /// <summary>A flow is known from now on.</summary>
    private void Keep(FlowKey key, ushort day)
    {
        if (!_isTracking)
        {
            index.Add(key, day);
        }
        else if (index.Track(key, day))
        {
            _unsaved.Add(new KeyEntry(key, day));
        }
    }

    private bool MayBeInFiles(FlowKey key)
    {
        foreach (var run in _runs)
        {
            if (run.Filter.MayContain(key.Lo, (uint)(key.Hi >> 32)))
            {
                return true;
            }
        }

        return false;
    }

    private void DropFiles()
    {
        _runs = [];
        _unsaved = [];
        _sealed = null;
        _generation++;
        _epoch++;
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    private void Locked(Action change)
    {
        lock (_lock)
        {
            change();
        }
    }
}
