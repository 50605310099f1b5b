using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// The flows seen lately, and those that no file holds yet: keys in open addressing with linear probing. A slot takes 16 bytes at a load between 1/2
/// and 3/4: 21 to 32 bytes a flow, 21 at the limit. Split into stripes by the key's top bits, so that growing copies 1/256 of it at a time. At
/// <see cref="Limit"/> a new key replaces one that was not seen for long; flows that are not saved are never replaced. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// A slot holds the 96 bits of the key that <see cref="KeyEntry"/> holds too, the arrival day of the flow's row, and two bits. So a flow expires here
/// the moment <see cref="OldestDay"/> moves, without a pass over the index or a look at the table; <see cref="Forget"/> only gives memory back.
/// </remarks>
internal sealed class FlowIndex
{
    /// <summary>64 keys = 1 KiB a stripe, 256 KiB for an empty index.</summary>
    private const int FirstCapacity = 64;

    private const int StripeBits = 8;
    private const int StripeCount = 1 << StripeBits;
    private const long EmptyBytes = (long)StripeCount * FirstCapacity * SlotTable.SlotBytes;

    private readonly IndexStripe[] _stripes = new IndexStripe[StripeCount];

    /// <summary>An empty index.</summary>
    /// <param name="limit">See <see cref="Limit"/>.</param>
    public FlowIndex(long limit)
    {
        Limit = limit;
        Clear();
    }

    /// <summary>How many parts <see cref="Forget"/> goes through.</summary>
    public static int Stripes => StripeCount;

    /// <summary>Flows that arrived on an earlier day are not known any more.</summary>
    public ushort OldestDay { get; set; }

    /// <summary>Most keys held, but for flows that are not saved. A lower one is reached as keys come, and by <see cref="Forget"/>.</summary>
    public long Limit { get; set; }

    /// <summary>Keys held, expired ones included until <see cref="Forget"/>.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of the tables.</summary>
    public long Bytes { get; private set; }

    private int StripeLimit => (int)Math.Clamp(Limit / StripeCount, 1, int.MaxValue / 4);

    /// <summary>Whether the key is held and its flow has not expired. Being asked for keeps it here longer.</summary>
    public bool Contains(FlowKey key)
    {
        var stripe = StripeOf(ref key);
        var at = stripe.Find(key);
        return at >= 0 && stripe.See(at) >= OldestDay;
    }

    /// <summary>Whether the key is held as one that is not saved, and its flow has not expired.</summary>
    public bool IsUnsaved(FlowKey key)
    {
        var stripe = StripeOf(ref key);
        var at = stripe.Find(key);
        return at >= 0 && stripe.Day(at) >= OldestDay && stripe.IsUnsaved(at);
    }

    /// <summary>Begins to fetch what <see cref="Contains"/> will look at.</summary>
    public void Prefetch(FlowKey key) => StripeOf(ref key).Prefetch(key);

    /// <summary>Adds a flow that others know as well; of two days the later one stays.</summary>
    public void Add(FlowKey key, ushort day) => AddOrChange(key, day, isUnsaved: false);

    /// <summary>Adds a flow that only this index knows, until <see cref="MarkSaved"/>. False when it was such a one already, and has not expired.</summary>
    public bool Track(FlowKey key, ushort day) => AddOrChange(key, day, isUnsaved: true);

    /// <summary>A flow is in a file now.</summary>
    public void MarkSaved(KeyEntry entry)
    {
        var key = new FlowKey(entry.Lo, (ulong)entry.Tail << 32);
        var stripe = StripeOf(ref key);
        // Of another day it is another one: that flow expired and came again, and is not saved.
        if (stripe.Find(key) is >= 0 and var at && stripe.Day(at) == entry.Day)
        {
            stripe.MarkSaved(at);
        }
    }

    /// <summary>Says of one stripe's flows that all are saved.</summary>
    public void MarkAllSaved(int stripe) => _stripes[stripe].MarkAllSaved();

    /// <summary>Gives back the memory of one stripe's expired keys, and of those above the limit.</summary>
    public void Forget(int stripe)
    {
        var before = _stripes[stripe].Count;
        Bytes += _stripes[stripe].Forget(OldestDay, StripeLimit);
        Count -= before - _stripes[stripe].Count;
    }

    /// <summary>Forgets everything: there are no flows.</summary>
    public void Clear()
    {
        for (var i = 0; i < StripeCount; i++)
        {
            _stripes[i]?.Dispose();
            _stripes[i] = new IndexStripe(FirstCapacity);
        }

        Count = 0;
        Bytes = EmptyBytes;
    }

    private bool AddOrChange(FlowKey key, ushort day, bool isUnsaved)
    {
        var stripe = StripeOf(ref key);
        if (stripe.Find(key) is >= 0 and var at)
        {
            return stripe.Change(at, day, isUnsaved, OldestDay);
        }

        // Two for one, until a limit that was lowered is reached.
        for (var evictions = 0; evictions < 2 && stripe.Count >= StripeLimit && stripe.TryEvictOne(OldestDay); evictions++)
        {
            Count--;
        }

        Bytes += stripe.Add(key, day, isUnsaved, StripeLimit);
        Count++;
        return true;
    }

    private IndexStripe StripeOf(ref FlowKey key)
    {
        // All zeros marks an empty slot; the one key in 2^96 that could look so is moved aside.
        if (key is { Lo: 0, Hi: <= uint.MaxValue })
        {
            key = new FlowKey(1, 0);
        }

        return _stripes[key.Hi >> (64 - StripeBits)];
    }
}
