using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// The set of known flows: keys in open addressing with linear probing. A slot takes 16 bytes at a load between 1/2 and 3/4:
/// 21 to 32 bytes a flow, 26 on average. Split into stripes by the key's top bits, so that growing copies 1/256 of it at a time.
/// Bounded: at <see cref="Limit"/> a new key replaces an old one, and <see cref="IsComplete"/> turns false. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// A slot holds 112 bits of the key, and in the place of the 16 lowest ones of its high half the arrival day of the flow's row. So a flow
/// expires here the moment <see cref="OldestDay"/> moves, without a pass over the index or a look at the table; <see cref="Forget"/> only
/// gives memory back. By chance two flows share 112 bits at some 2^56 flows.
/// </remarks>
internal sealed class FlowIndex
{
    private const int StripeBits = 8;
    private const int StripeCount = 1 << StripeBits;

    /// <summary>64 keys = 1 KiB a stripe, 256 KiB for an empty index.</summary>
    private const int FirstCapacity = 64;

    private const long EmptyBytes = (long)StripeCount * FirstCapacity * 16;

    /// <summary>The bits of a key's high half that its day takes.</summary>
    private const ulong DayBits = ushort.MaxValue;

    private readonly Stripe[] _stripes = new Stripe[StripeCount];
    private readonly long _stripeLimit;

    public FlowIndex(long limit)
    {
        Limit = limit;
        _stripeLimit = Math.Max(1, limit / StripeCount);
        for (var i = 0; i < StripeCount; i++)
        {
            _stripes[i] = new Stripe(FirstCapacity);
        }
    }

    /// <summary>How many parts <see cref="Forget"/> goes through.</summary>
    public static int Stripes => StripeCount;

    /// <summary>Flows that arrived on an earlier day are not known any more.</summary>
    public ushort OldestDay { get; set; }

    /// <summary>Most keys held.</summary>
    public long Limit { get; }

    /// <summary>Keys held, expired ones included until <see cref="Forget"/>.</summary>
    public long Count { get; private set; }

    /// <summary>Whether every known flow is held: then a key that is not here is new.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Bytes of the tables.</summary>
    public long Bytes { get; private set; } = EmptyBytes;

    /// <summary>Whether the key is held and its flow has not expired.</summary>
    public bool Contains(FlowKey key)
    {
        var stripe = StripeOf(ref key);
        var at = stripe.Find(key);
        return at >= 0 && stripe.Day(at) >= OldestDay;
    }

    /// <summary>Begins to fetch what <see cref="Contains"/> will look at.</summary>
    public void Prefetch(FlowKey key) => StripeOf(ref key).Prefetch(key);

    /// <summary>Adds a key with its flow's arrival day; of two days the later one stays. False when the flow was known already.</summary>
    public bool Add(FlowKey key, ushort day)
    {
        var stripe = StripeOf(ref key);
        if (stripe.Find(key) is >= 0 and var at)
        {
            var held = stripe.Day(at);
            stripe.SetDay(at, Math.Max(held, day));
            return held < OldestDay;
        }

        if (stripe.Count >= _stripeLimit)
        {
            // One that has expired is no loss.
            IsComplete &= stripe.EvictOne() < OldestDay;
            Count--;
        }

        Bytes += stripe.Add(Slot(key, day));
        Count++;
        return true;
    }

    /// <summary>Gives back the memory of one stripe's expired keys.</summary>
    public void Forget(int stripe)
    {
        var before = _stripes[stripe].Count;
        Bytes += _stripes[stripe].Forget(OldestDay);
        Count -= before - _stripes[stripe].Count;
    }

    /// <summary>Forgets everything: there are no flows.</summary>
    public void Clear()
    {
        for (var i = 0; i < StripeCount; i++)
        {
            _stripes[i] = new Stripe(FirstCapacity);
        }

        Count = 0;
        Bytes = EmptyBytes;
        IsComplete = true;
    }

    /// <summary>Says that flows exist that were not added.</summary>
    public void MarkIncomplete() => IsComplete = false;

    /// <summary>Makes room for <paramref name="keys"/> keys, so that loading does not grow step by step.</summary>
    public void Reserve(long keys)
    {
        // Hashing spreads evenly: 1/8 more covers the fullest of 256 stripes from some 10,000 keys on.
        var perStripe = Math.Min(keys, Limit) / StripeCount * 9 / 8;
        foreach (var stripe in _stripes)
        {
            Bytes += stripe.Reserve(perStripe);
        }
    }

    private Stripe StripeOf(ref FlowKey key)
    {
        // All zeros marks an empty slot; the one key in 2^112 that could look so is moved aside.
        if (key is { Lo: 0, Hi: <= DayBits })
        {
            key = new FlowKey(1, 0);
        }

        return _stripes[key.Hi >> (64 - StripeBits)];
    }

    private static FlowKey Slot(FlowKey key, ushort day) => new(key.Lo, (key.Hi & ~DayBits) | day);

    private sealed class Stripe(int capacity)
    {
        private FlowKey[] _slots = new FlowKey[capacity];
        private int _clock;

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

                if (slot.Lo == key.Lo && (slot.Hi ^ key.Hi) <= DayBits)
                {
                    return at;
                }
            }
        }

        public void Prefetch(FlowKey key)
        {
            var slots = _slots;
            Memory.Prefetch(ref slots[Home(key, slots.Length)]);
        }

        public ushort Day(int at) => (ushort)_slots[at].Hi;

        public void SetDay(int at, ushort day) => _slots[at] = Slot(_slots[at], day);

        /// <summary>Adds a key that is not held; returns by how many bytes the table grew.</summary>
        public long Add(FlowKey key)
        {
            var grown = 0L;
            if ((Count + 1) * 4L > _slots.Length * 3L)
            {
                grown = Resize(_slots.Length + (_slots.Length / 2));
            }

            Place(key);
            Count++;
            return grown;
        }

        public long Reserve(long keys) => keys * 4 / 3 > _slots.Length ? Resize((int)(keys * 4 / 3) + 1) : 0;

        /// <summary>Removes some old key: the next one behind a hand that walks the table, so that every key has a long life. Returns its day.</summary>
        public ushort EvictOne()
        {
            do
            {
                _clock = _clock + 1 >= _slots.Length ? 0 : _clock + 1;
            }
            while (_slots[_clock] is { Lo: 0, Hi: 0 });
            var day = Day(_clock);
            Remove(_clock);
            Count--;
            return day;
        }

        /// <summary>Drops the keys of days before <paramref name="oldest"/>; returns by how many bytes the table grew.</summary>
        public long Forget(ushort oldest)
        {
            var old = _slots;
            var kept = 0;
            foreach (var slot in old)
            {
                kept += slot is not { Lo: 0, Hi: 0 } && (ushort)slot.Hi >= oldest ? 1 : 0;
            }

            if (kept == Count)
            {
                return 0;
            }

            // At a load of 2/3 there is room to grow again.
            _slots = new FlowKey[Math.Min(old.Length, Math.Max(FirstCapacity, (kept * 3L / 2) + 1))];
            Count = kept;
            foreach (var slot in old)
            {
                if (slot is not { Lo: 0, Hi: 0 } && (ushort)slot.Hi >= oldest)
                {
                    Place(slot);
                }
            }

            return (_slots.Length - old.Length) * 16L;
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

        private long Resize(int capacity)
        {
            var old = _slots;
            _slots = new FlowKey[capacity];
            foreach (var key in old)
            {
                if (key is not { Lo: 0, Hi: 0 })
                {
                    Place(key);
                }
            }

            return (capacity - old.Length) * 16L;
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
}
