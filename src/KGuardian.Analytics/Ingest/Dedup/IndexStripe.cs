using System.Buffers;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// A part of a <see cref="FlowIndex"/>: one table. In a slot the upper half of the key's high half is followed by 14 bits that are free, whether the
/// flow was seen since the hand passed, whether it is not saved, and its arrival day.
/// </summary>
/// <param name="capacity">Slots at first.</param>
internal sealed class IndexStripe(int capacity) : IDisposable
{
    private const ulong TailBits = 0xFFFF_FFFF_0000_0000;
    private const ulong Seen = 1 << 17;
    private const ulong Unsaved = 1 << 16;

    private readonly int _first = capacity;
    private readonly SlotTable _slots = new(capacity);
    private int _hand;

    /// <summary>Keys held.</summary>
    public int Count { get; private set; }

    /// <summary>The slot of a key; -1 when it is not held.</summary>
    public int Find(FlowKey key)
    {
        var slots = _slots;
        for (var at = Home(key, slots.Length); ; at = at + 1 == slots.Length ? 0 : at + 1)
        {
            ref var slot = ref slots[at];
            if (slot is { Lo: 0, Hi: 0 })
            {
                return -1;
            }

            if (slot.Lo == key.Lo && (slot.Hi ^ key.Hi) <= uint.MaxValue)
            {
                return at;
            }
        }
    }

    /// <summary>Begins to fetch what <see cref="Find"/> will look at.</summary>
    public void Prefetch(FlowKey key)
    {
        var slots = _slots;
        Memory.Prefetch(ref slots[Home(key, slots.Length)]);
    }

    /// <summary>The arrival day in a slot, which counts as seen.</summary>
    public ushort See(int at)
    {
        var slot = _slots[at];
        // Only what changes something is written: most are seen again and again.
        if ((slot.Hi & Seen) == 0)
        {
            _slots[at] = slot with { Hi = slot.Hi | Seen };
        }

        return (ushort)slot.Hi;
    }

    public ushort Day(int at) => (ushort)_slots[at].Hi;

    public bool IsUnsaved(int at) => (_slots[at].Hi & Unsaved) != 0;

    public void MarkSaved(int at) => _slots[at] = _slots[at] with { Hi = _slots[at].Hi & ~Unsaved };

    public void MarkAllSaved()
    {
        for (var at = 0; at < _slots.Length; at++)
        {
            MarkSaved(at);
        }
    }

    /// <summary>
    /// A flow comes again: of two days the later one stays. False when nothing changed but the day: it had not expired, and is saved as it was.
    /// </summary>
    public bool Change(int at, ushort day, bool isUnsaved, ushort oldestDay)
    {
        var hi = _slots[at].Hi;
        var held = (ushort)hi;
        var flags = (hi & Seen) | (isUnsaved ? Unsaved : held < oldestDay ? 0 : hi & Unsaved);
        _slots[at] = _slots[at] with { Hi = (hi & TailBits) | flags | Math.Max(held, day) };
        return held < oldestDay || (isUnsaved && (hi & Unsaved) == 0);
    }

    /// <summary>Adds a key that is not held; returns by how many bytes the table grew.</summary>
    public long Add(FlowKey key, ushort day, bool isUnsaved, int limit)
    {
        var grown = 0L;
        if ((Count + 1) * 4L > _slots.Length * 3L)
        {
            // Not beyond what the limit takes at this load, until that is not enough.
            var wanted = Count < limit ? Math.Min(_slots.Length * 3L / 2, CapacityFor(limit)) : _slots.Length * 9L / 8;
            grown = Resize((int)Math.Max(wanted, CapacityFor(Count + 1)), oldest: 0);
        }

        Place(key with { Hi = (key.Hi & TailBits) | (isUnsaved ? Unsaved : 0) | day });
        Count++;
        return grown;
    }

    /// <summary>
    /// Removes an old key: the first one behind a hand that walks the table which was not seen since the hand passed, or has expired. False when all
    /// that have not are not saved.
    /// </summary>
    public bool TryEvictOne(ushort oldestDay)
    {
        for (var steps = 2L * _slots.Length; steps > 0; steps--)
        {
            _hand = _hand + 1 >= _slots.Length ? 0 : _hand + 1;
            var slot = _slots[_hand];
            if (slot is { Lo: 0, Hi: 0 } || ((ushort)slot.Hi >= oldestDay && (slot.Hi & Unsaved) != 0))
            {
                continue;
            }

            if ((ushort)slot.Hi >= oldestDay && (slot.Hi & Seen) != 0)
            {
                _slots[_hand] = slot with { Hi = slot.Hi & ~Seen };
                continue;
            }

            Remove(_hand);
            Count--;
            return true;
        }

        return false;
    }

    /// <summary>Drops the keys of days before <paramref name="oldest"/>, and others down to a limit; returns by how many bytes the table grew.</summary>
    public long Forget(ushort oldest, int limit)
    {
        var kept = CountFrom(oldest);
        var excess = Math.Max(0, kept - limit);
        if (kept == Count && excess == 0)
        {
            return 0;
        }

        for (; excess > 0 && TryEvictOne(oldest); excess--)
        {
        }

        kept = CountFrom(oldest);
        Count = kept;
        // At a load of 2/3 there is room to grow again.
        return Resize((int)Math.Min(_slots.Length, Math.Max(_first, (kept * 3L / 2) + 1)), oldest);
    }

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    /// <summary>Slots for so many keys at a load of 3/4.</summary>
    private static long CapacityFor(long keys) => (keys * 4 / 3) + 1;

    private int CountFrom(ushort oldest)
    {
        var count = 0;
        foreach (var slot in _slots.AsSpan())
        {
            count += slot is not { Lo: 0, Hi: 0 } && (ushort)slot.Hi >= oldest ? 1 : 0;
        }

        GC.KeepAlive(this);
        return count;
    }

    private void Remove(int hole)
    {
        // Close the gap: a later key of the same run moves into it unless its home lies behind it.
        var slots = _slots;
        for (var at = Next(hole); slots[at] is not { Lo: 0, Hi: 0 }; at = Next(at))
        {
            var home = Home(slots[at], slots.Length);
            var stays = hole <= at ? hole < home && home <= at : hole < home || home <= at;
            if (!stays)
            {
                slots[hole] = slots[at];
                hole = at;
            }
        }

        slots[hole] = default;
    }

    /// <summary>Gives the table so many slots, with the keys from a day on; returns by how many bytes it is larger.</summary>
    private long Resize(int slots, ushort oldest)
    {
        var before = _slots.Length;
        // Whatever may fail for want of memory comes first.
        var keys = ArrayPool<FlowKey>.Shared.Rent(Count);
        _slots.Resize(Math.Max(slots, before));
        var kept = 0;
        foreach (var slot in _slots.AsSpan()[..before])
        {
            if (slot is not { Lo: 0, Hi: 0 } && (ushort)slot.Hi >= oldest)
            {
                keys[kept++] = slot;
            }
        }

        _slots.AsSpan()[..before].Clear();
        _slots.Resize(slots);
        // In the order of their homes: one pass over the table.
        foreach (var key in keys.AsSpan(0, kept))
        {
            Place(key);
        }

        ArrayPool<FlowKey>.Shared.Return(keys);

        return (slots - before) * (long)SlotTable.SlotBytes;
    }

    private void Place(FlowKey key)
    {
        var at = Home(key, _slots.Length);
        while (_slots[at] is not { Lo: 0, Hi: 0 })
        {
            at = Next(at);
        }

        _slots[at] = key;
    }

    private int Next(int at) => at + 1 == _slots.Length ? 0 : at + 1;

    /// <summary>Spreads the low 64 bits over any capacity without a division: the high half of their product.</summary>
    private static int Home(FlowKey key, int capacity) => (int)Math.BigMul(key.Lo, (ulong)capacity, out _);
}
