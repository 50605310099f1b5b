using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>Arrival days in the index of known flows, against a dictionary.</summary>
public sealed class FlowIndexDayTests
{
    [Fact]
    public void Index_agrees_with_a_dictionary_while_days_pass()
    {
        var random = new Random(7);
        var keys = Enumerable.Range(0, 5000).Select(_ => new FlowKey((ulong)random.NextInt64(), (ulong)random.NextInt64() << 1)).ToArray();
        // Those that an empty slot or a neighbour could be mistaken for.
        keys[0] = new FlowKey(0, 0);
        keys[1] = new FlowKey(0, 1UL << 40);
        keys[2] = new FlowKey(0, 1UL << 32);
        var index = new FlowIndex(1_000_000);
        var days = new Dictionary<FlowKey, int>();
        for (var day = 100; day < 140; day++)
        {
            index.OldestDay = (ushort)(day - 10);
            for (var i = 0; i < 1000; i++)
            {
                var key = random.GetItems(keys, 1)[0];
                Assert.Equal(days.GetValueOrDefault(key) >= index.OldestDay, index.Contains(key));
                Assert.Equal(days.GetValueOrDefault(key) < index.OldestDay, index.Track(key, (ushort)day));
                days[key] = day;
            }

            if (day % 3 == 0)
            {
                for (var shard = 0; shard < FlowIndex.Stripes; shard++)
                {
                    index.Forget(shard);
                }

                Assert.Equal(days.Count(pair => pair.Value >= index.OldestDay), index.Count);
            }
        }

        Assert.All(keys, key => Assert.Equal(days.GetValueOrDefault(key) >= index.OldestDay, index.Contains(key)));
        index.OldestDay = 1000;
        for (var shard = 0; shard < FlowIndex.Stripes; shard++)
        {
            index.Forget(shard);
        }

        Assert.Equal((0, new FlowIndex(1_000_000).Bytes), (index.Count, index.Bytes));
    }

    [Fact]
    public void Expired_flow_is_evicted_before_others_saved_or_not()
    {
        var index = new FlowIndex(256);
        index.Track(new FlowKey(1, 0), 5);
        index.OldestDay = 6;
        index.Track(new FlowKey(2, 0), 6);
        index.Add(new FlowKey(3, 0), 6);
        Assert.Equal(2, index.Count);
        Assert.True(index.Contains(new FlowKey(2, 0)));
        Assert.True(index.Contains(new FlowKey(3, 0)));
        index.Clear();
        Assert.Equal(0, index.Count);
        Assert.False(index.Contains(new FlowKey(3, 0)));
    }
}
