using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>Which events came before, lately.</summary>
public sealed class ResendFilterTests
{
    private readonly ResendFilter _filter = new();

    [Fact]
    public void Event_that_comes_again_within_the_window_is_a_resend_and_later_it_is_not()
    {
        var hash = ResendFilter.Hash(new FlowKey(1, 2), 3, 4);

        Assert.False(_filter.IsResend(hash, 0));
        Assert.True(_filter.IsResend(hash, 0));
        Assert.True(_filter.IsResend(hash, 4));
        Assert.True(_filter.IsResend(hash, 8));
        Assert.False(_filter.IsResend(hash, 13));
        Assert.True(_filter.IsResend(hash, 14));
    }

    [Fact]
    public void Turns_begin_anew_after_two_hundred_and_fifty_six()
    {
        var window = TimeSpan.FromMinutes(4);
        var hash = ResendFilter.Hash(new FlowKey(1, 2), 3, 4);

        Assert.False(_filter.IsResend(hash, ResendFilter.Turn(TimeSpan.FromMinutes(254), window)));
        Assert.True(_filter.IsResend(hash, ResendFilter.Turn(TimeSpan.FromMinutes(257), window)));
        Assert.False(_filter.IsResend(hash, ResendFilter.Turn(TimeSpan.FromMinutes(263), window)));
    }

    [Fact]
    public void Events_that_differ_in_flow_uuid_or_time_are_told_apart()
    {
        var random = new Random(5);
        var hashes = new HashSet<ulong>();
        for (var n = 0; n < 20_000; n++)
        {
            var (lo, hi, uuid, time) =
                ((ulong)random.NextInt64(), (ulong)random.NextInt64(), (UInt128)(ulong)random.NextInt64() << 64 | (ulong)n, random.NextInt64(1L << 52));
            foreach (var hash in new[]
            {
                ResendFilter.Hash(new FlowKey(lo, hi), uuid, time), ResendFilter.Hash(new FlowKey(lo, hi), uuid, time + 1),
                ResendFilter.Hash(new FlowKey(lo, hi), uuid + 1, time), ResendFilter.Hash(new FlowKey(lo + 1, hi), uuid, time),
            })
            {
                Assert.True(hashes.Add(hash));
            }
        }
    }

    [Fact]
    public void Half_as_many_events_as_it_holds_are_nearly_all_remembered()
    {
        const int Events = ResendFilter.Capacity / 2;
        var random = new Random(6);
        var hashes = Enumerable.Range(0, Events)
            .Select(n => ResendFilter.Hash(new FlowKey((ulong)random.NextInt64(), (ulong)random.NextInt64()), (ulong)n, n))
            .ToArray();
        Assert.Equal(0, hashes.Count(hash => _filter.IsResend(hash, 1)));

        // Four a bucket on average; one that was pushed out pushes another out when it comes again.
        Assert.InRange(hashes.Reverse().Count(hash => _filter.IsResend(hash, 1)), Events * 0.9, Events);
    }
}
