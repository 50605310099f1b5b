namespace KGuardian.Analytics.Ingest;

/// <summary>
/// The set of known flows: 128-bit keys in open addressing with linear probing. A key takes 16 bytes at a load between 1/2 and 3/4:
/// 21 to 32 bytes a flow, 26 on average. Split into shards by the key's top bits, so that growing copies 1/256 of it at a time.
/// Bounded: at <see cref="Limit"/> a new key replaces an old one, and <see cref="IsComplete"/> turns false. Not safe for concurrent use.
/// </summary>
internal sealed class FlowIndex
{
    private const int ShardBits = 8;
    private const int ShardCount = 1 << ShardBits;

    /// <summary>64 keys = 1 KiB a shard, 256 KiB for an empty index.</summary>
    private const int FirstCapacity = 64;

    private readonly Shard[] _shards = new Shard[ShardCount];
    private readonly long _shardLimit;

    public FlowIndex(long limit)
    {
        Limit = limit;
        _shardLimit = Math.Max(1, limit / ShardCount);
        for (var i = 0; i < ShardCount; i++)
        {
            _shards[i] = new Shard(FirstCapacity);
        }
    }

    /// <summary>Most keys held.</summary>
    public long Limit { get; }

    /// <summary>Keys held.</summary>
    public long Count { get; private set; }

    /// <summary>Whether every known flow is held: then a key that is not here is new.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Bytes of the tables.</summary>
    public long Bytes { get; private set; } = (long)ShardCount * FirstCapacity * 16;

    /// <summary>Whether the key is held.</summary>
    public bool Contains(FlowKey key) => ShardOf(ref key).Contains(key);

    /// <summary>Adds a key; false when it was held already.</summary>
    public bool Add(FlowKey key)
    {
        var shard = ShardOf(ref key);
        if (shard.Contains(key))
        {
            return false;
        }

        if (shard.Count >= _shardLimit)
        {
            shard.EvictOne();
            Count--;
            IsComplete = false;
        }

        Bytes += shard.Add(key);
        Count++;
        return true;
    }

    /// <summary>Says that flows exist that were not added.</summary>
    public void MarkIncomplete() => IsComplete = false;

    /// <summary>Makes room for <paramref name="keys"/> keys, so that loading does not grow step by step.</summary>
    public void Reserve(long keys)
    {
        // Hashing spreads evenly: 1/8 more covers the fullest of 256 shards from some 10,000 keys on.
        var perShard = Math.Min(keys, Limit) / ShardCount * 9 / 8;
        foreach (var shard in _shards)
        {
            Bytes += shard.Reserve(perShard);
        }
    }

    private Shard ShardOf(ref FlowKey key)
    {
        // All zeros marks an empty slot; the one key in 2^128 that looks so is moved aside.
        if (key is { Lo: 0, Hi: 0 })
        {
            key = new FlowKey(1, 0);
        }

        return _shards[key.Hi >> (64 - ShardBits)];
    }

    private sealed class Shard(int capacity)
    {
        private FlowKey[] _slots = new FlowKey[capacity];
        private int _clock;

        public int Count { get; private set; }

        public bool Contains(FlowKey key)
        {
            var slots = _slots;
            for (var at = Home(key, slots.Length); ; at = at + 1 == slots.Length ? 0 : at + 1)
            {
                ref var slot = ref slots[at];
                if (slot.Lo == key.Lo && slot.Hi == key.Hi)
                {
                    return true;
                }

                if (slot is { Lo: 0, Hi: 0 })
                {
                    return false;
                }
            }
        }

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

        /// <summary>Removes some old key: the next one behind a hand that walks the table, so that every key has a long life.</summary>
        public void EvictOne()
        {
            do
            {
                _clock = _clock + 1 >= _slots.Length ? 0 : _clock + 1;
            }
            while (_slots[_clock] is { Lo: 0, Hi: 0 });
            Remove(_clock);
            Count--;
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
