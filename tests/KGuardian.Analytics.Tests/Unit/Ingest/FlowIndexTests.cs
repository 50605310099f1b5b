using FsCheck;
using FsCheck.Fluent;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Dedup.Runs;

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
            // The index does not keep the lower half of the high half, and cannot tell (0, 0) and (1, 0) apart.
        select lo == 1 && hi >> 32 == 0 ? new FlowKey(3, 0) : new FlowKey(lo, hi & ~0xFFFF_FFFFUL);

    private static readonly Arbitrary<List<FlowKey>> Keys600 = Key.ListOf(600).ToArbitrary();

    private const ushort Day = 20_000;

    [Fact]
    public void Add_and_contains_are_those_of_a_set() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Key.ListOf().ToArbitrary(), keys =>
        {
            var index = new FlowIndex(1_000_000);
            var set = new HashSet<FlowKey>();
            return keys.All(key =>
                    index.Contains(key) == set.Contains(key) && index.Track(key, Day) == set.Add(key) && index.Contains(key) && index.IsUnsaved(key))
                && index.Count == set.Count;
        }));

    [Fact]
    public void Add_up_to_the_limit_evicts_and_never_invents_a_key() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Key.ListOf(400).ToArbitrary(), Gen.Choose(1, 8).ToArbitrary(), (keys, perStripe) =>
        {
            var index = new FlowIndex(perStripe * 256);
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

            // What is held is what is found.
            return set.Count(index.Contains) == index.Count;
        }));

    [Fact]
    public void Flows_that_are_not_saved_are_never_evicted_whatever_comes() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Keys600, Gen.Choose(0, 99).ListOf(600).ToArbitrary(), (keys, dice) =>
        {
            var index = new FlowIndex(256);
            var unsaved = new HashSet<FlowKey>();
            for (var i = 0; i < Math.Min(keys.Count, dice.Count); i++)
            {
                var key = keys[i];
                switch (dice[i])
                {
                    case < 40:
                        if (index.Track(key, Day) != unsaved.Add(key))
                        {
                            return false;
                        }

                        break;
                    case < 60:
                        index.MarkSaved(new KeyEntry(key, Day));
                        unsaved.Remove(key);
                        break;
                    case < 62:
                        for (var stripe = 0; stripe < FlowIndex.Stripes; stripe++)
                        {
                            index.Forget(stripe);
                        }

                        break;
                    default:
                        index.Add(key, Day);
                        break;
                }
            }

            return unsaved.All(key => index.Contains(key) && index.IsUnsaved(key)) && keys.Count(index.IsUnsaved) == keys.Count(unsaved.Contains);
        }));

    [Fact]
    public void Saved_mark_is_not_for_a_flow_that_expired_and_came_again()
    {
        var index = new FlowIndex(256);
        var key = new FlowKey(1, 1UL << 40);
        Assert.True(index.Track(key, Day));
        index.OldestDay = Day + 1;
        Assert.True(index.Track(key, Day + 1));

        index.MarkSaved(new KeyEntry(key, Day));
        Assert.True(index.IsUnsaved(key));

        index.MarkSaved(new KeyEntry(key, Day + 1));
        Assert.False(index.IsUnsaved(key));
    }

    [Fact]
    public void Keys_that_are_asked_for_stay_and_others_go()
    {
        var index = new FlowIndex(256 * 64);
        var random = new Random(5);
        var asked = Enumerable.Range(0, 256 * 16).Select(_ => NewKey(random)).ToArray();
        Array.ForEach(asked, key => index.Add(key, Day));
        for (var round = 0; round < 8; round++)
        {
            Assert.All(asked, key => Assert.True(index.Contains(key)));
            for (var i = 0; i < 256 * 24; i++)
            {
                index.Add(NewKey(random), Day);
            }
        }
    }

    [Fact]
    public void Lower_limit_is_reached_and_gives_memory_back()
    {
        var index = new FlowIndex(400_000);
        var random = new Random(6);
        for (var i = 0; i < 400_000; i++)
        {
            index.Add(NewKey(random), Day);
        }

        var before = index.Bytes;
        index.Limit = 100_000;
        for (var stripe = 0; stripe < FlowIndex.Stripes; stripe++)
        {
            index.Forget(stripe);
        }

        Assert.InRange(index.Count, 90_000, 100_000);
        Assert.InRange(index.Bytes, 0, before / 2);
    }

    [Fact]
    public void Add_of_many_keys_grows_and_states_its_memory()
    {
        var index = new FlowIndex(10_000_000);
        var random = new Random(1);
        var keys = new List<FlowKey>();
        for (var i = 0; i < 300_000; i++)
        {
            keys.Add(NewKey(random));
            Assert.True(index.Track(keys[^1], Day));
        }

        Assert.All(keys, key => Assert.True(index.Contains(key)));
        Assert.False(index.Track(keys[0], Day));
        Assert.Equal(300_000, index.Count);
        Assert.InRange((double)index.Bytes / index.Count, 21, 32);
    }

    [Fact]
    public void Add_beyond_the_limit_keeps_about_the_limit_and_the_last_key()
    {
        var index = new FlowIndex(100_000);
        var random = new Random(2);
        for (var i = 0; i < 400_000; i++)
        {
            var key = NewKey(random);
            index.Add(key, Day);
            Assert.True(index.Contains(key));
        }

        Assert.InRange(index.Count, 95_000, 100_000);
        // At a load of 3/4, which is never exceeded.
        Assert.InRange((double)index.Bytes / index.Limit, 21, 22);
    }

    private static FlowKey NewKey(Random random) => new((ulong)random.NextInt64(), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
}
