using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public class FlowIndexTests
{
    // Few values, so that keys collide in shard and home slot, and repeat; the zero key marks a free slot inside.
    private static readonly Gen<ulong> Half = Gen.Frequency(
        (2, Gen.Elements(0UL, 1UL, 2UL, ulong.MaxValue, ulong.MaxValue - 1, 1UL << 56, 1UL << 63)),
        (2, Gen.Choose(0, 50).Select(i => (ulong)i << 58)),
        (1, Gen.Choose(0, int.MaxValue).Select(i => (ulong)i * 0x9E3779B97F4A7C15)));

    private static readonly Gen<FlowKey> Key =
        from lo in Half
        from hi in Half
            // The index keeps the arrival day in the lowest 16 bits of the high half, and cannot tell (0, 0) and (1, 0) apart.
        select lo == 1 && hi >> 16 == 0 ? new FlowKey(3, 0) : new FlowKey(lo, hi & ~0xFFFFUL);

    private const ushort Day = 20_000;

    [Fact]
    public void Add_and_contains_are_those_of_a_set() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Key.ListOf().ToArbitrary(), keys =>
        {
            var index = new FlowIndex(1_000_000);
            var set = new HashSet<FlowKey>();
            return keys.All(key => index.Contains(key) == set.Contains(key) && index.Add(key, Day) == set.Add(key) && index.Contains(key))
                && index.Count == set.Count && index.IsComplete;
        }));

    [Fact]
    public void Add_up_to_the_limit_evicts_and_never_invents_a_key() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Key.ListOf(400).ToArbitrary(), Gen.Choose(1, 8).ToArbitrary(), (keys, perShard) =>
        {
            var index = new FlowIndex(perShard * 256);
            var set = new HashSet<FlowKey>();
            foreach (var key in keys)
            {
                if (index.Contains(key) && !set.Contains(key))
                {
                    return false;
                }

                index.Add(key, Day);
                set.Add(key);
                if (!index.Contains(key) || index.Count > index.Limit)
                {
                    return false;
                }
            }

            // What is held is what is found, and all of it only while nothing was evicted.
            return set.Count(index.Contains) == index.Count && index.IsComplete == (index.Count == set.Count);
        }));

    [Fact]
    public void Add_of_many_keys_grows_and_states_its_memory()
    {
        var index = new FlowIndex(10_000_000);
        var random = new Random(1);
        var keys = new List<FlowKey>();
        for (var i = 0; i < 300_000; i++)
        {
            keys.Add(new FlowKey((ulong)random.NextInt64(), (ulong)random.NextInt64(long.MinValue, long.MaxValue)));
            Assert.True(index.Add(keys[^1], Day));
        }

        Assert.All(keys, key => Assert.True(index.Contains(key)));
        Assert.False(index.Add(keys[0], Day));
        Assert.Equal(300_000, index.Count);
        Assert.InRange((double)index.Bytes / index.Count, 21, 32);
    }

    [Fact]
    public void Add_beyond_the_limit_keeps_about_the_limit_and_the_last_key()
    {
        var index = new FlowIndex(10_000);
        var random = new Random(2);
        for (var i = 0; i < 100_000; i++)
        {
            var key = new FlowKey((ulong)random.NextInt64(), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
            index.Add(key, Day);
            Assert.True(index.Contains(key));
        }

        Assert.False(index.IsComplete);
        Assert.InRange(index.Count, 9_000, 10_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(50_000_000)]
    public void Reserve_makes_room_without_changing_what_is_held(long keys)
    {
        var index = new FlowIndex(1_000_000);
        index.Add(new FlowKey(5, 5), Day);

        index.Reserve(keys);

        Assert.True(index.Contains(new FlowKey(5, 5)));
        Assert.False(index.Contains(new FlowKey(6, 5)));
        Assert.Equal(1, index.Count);
        // Never for more than may be held.
        Assert.InRange(index.Bytes, 0, 1_000_000 * 32);
    }

    [Fact]
    public void Reserve_spares_growing()
    {
        var index = new FlowIndex(1_000_000);
        index.Reserve(200_000);
        var reserved = index.Bytes;
        var random = new Random(3);
        for (var i = 0; i < 200_000; i++)
        {
            index.Add(new FlowKey((ulong)random.NextInt64(), (ulong)random.NextInt64(long.MinValue, long.MaxValue)), Day);
        }

        Assert.Equal(reserved, index.Bytes);
    }

    [Fact]
    public void MarkIncomplete_is_for_good()
    {
        var index = new FlowIndex(1000);
        index.MarkIncomplete();
        index.Add(new FlowKey(1, 2), Day);

        Assert.False(index.IsComplete);
    }
}
