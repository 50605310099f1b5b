using KGuardian.Analytics.Ingest.Dedup;

namespace KGuardian.Analytics.Ingest.Activity;

/// <summary>
/// Repeats since the last flush: for each flow and hour how many, and the last one's time. Open addressing with linear probing,
/// 24 bytes an entry at a load of at most 1/2. Not safe for concurrent use.
/// </summary>
internal sealed class ActivityTable
{
    private const long MicrosAnHour = 3_600_000_000;
    private const int FirstCapacity = 1024;

    private Entry[] _entries = new Entry[FirstCapacity];

    /// <summary>Entries held.</summary>
    public int Count { get; private set; }

    /// <summary>Partition of that insert: set at its first try, so that every try writes the same.</summary>
    public ushort? ArrivalDay { get; set; }

    /// <summary>Counts one more observation of a flow at a time (microseconds since 1970).</summary>
    public void Bump(ulong flowId, long timeMicros)
    {
        var hour = Hour(timeMicros);
        ref var entry = ref Find(flowId, hour);
        if (entry.Observations == 0)
        {
            if ((Count + 1) * 2L > _entries.Length)
            {
                Grow();
                entry = ref Find(flowId, hour);
            }

            Count++;
            entry = new Entry { FlowId = flowId, Hour = hour, LastSeen = timeMicros };
        }

        entry.Observations++;
        entry.LastSeen = Math.Max(entry.LastSeen, timeMicros);
    }

    /// <summary>Begins to fetch what <see cref="Bump"/> will look at.</summary>
    public void Prefetch(ulong flowId, long timeMicros)
    {
        var entries = _entries;
        Memory.Prefetch(ref entries[First(flowId, Hour(timeMicros), entries.Length)]);
    }

    /// <summary>All slots; those with observations are entries.</summary>
    public ReadOnlySpan<Entry> Slots => _entries;

    /// <summary>Forgets the entries.</summary>
    public void Clear()
    {
        // A burst's table is not kept: the next minutes seldom need it again.
        if (_entries.Length > 64 * FirstCapacity && Count < _entries.Length / 8)
        {
            _entries = new Entry[FirstCapacity];
        }
        else
        {
            Array.Clear(_entries);
        }

        Count = 0;
        ArrivalDay = null;
    }

    private static int Hour(long timeMicros) => (int)Math.DivRem(timeMicros, MicrosAnHour, out var rest) - (rest < 0 ? 1 : 0);

    /// <summary>Where a search begins. Capacity is a power of two; the flow id is a hash already, the odd multiplier sets the hours apart.</summary>
    private static int First(ulong flowId, int hour, int capacity) => (int)(flowId + ((ulong)hour * 0x9E3779B97F4A7C15)) & (capacity - 1);

    private ref Entry Find(ulong flowId, int hour)
    {
        var entries = _entries;
        for (var at = First(flowId, hour, entries.Length); ; at = (at + 1) & (entries.Length - 1))
        {
            ref var entry = ref entries[at];
            if (entry.Observations == 0 || (entry.FlowId == flowId && entry.Hour == hour))
            {
                return ref entry;
            }
        }
    }

    private void Grow()
    {
        var old = _entries;
        _entries = new Entry[old.Length * 2];
        foreach (var entry in old)
        {
            if (entry.Observations > 0)
            {
                Find(entry.FlowId, entry.Hour) = entry;
            }
        }
    }

    /// <summary>Observations of one flow in one hour; none marks a free slot.</summary>
    public struct Entry
    {
        public ulong FlowId;
        public long LastSeen;
        public int Hour;
        public uint Observations;
    }
}
