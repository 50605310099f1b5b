using System.Numerics;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Counts of durations in buckets at most 1.6 % wide (64 to a power of two), from 1 ns to hours, in a fixed 30 KB.</summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 6;
    private readonly long[] _counts = new long[(64 - SubBits) << SubBits];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Record(TimeSpan duration)
    {
        Count++;
        if (duration > Max)
        {
            Max = duration;
        }

        _counts[Bucket((ulong)Math.Max(0, duration.Ticks * 100))]++;
    }

    public void Add(LatencyHistogram other)
    {
        Count += other.Count;
        Max = other.Max > Max ? other.Max : Max;
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }
    }

    /// <summary>The duration that this share of those recorded did not exceed: the upper end of its bucket.</summary>
    public TimeSpan Percentile(double share)
    {
        var wanted = (long)Math.Ceiling(Count * share);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= wanted && seen > 0)
            {
                return TimeSpan.FromTicks(Math.Min(Max.Ticks, (long)(UpperEnd(i) / 100)));
            }
        }

        return TimeSpan.Zero;
    }

    private static int Bucket(ulong nanoseconds)
    {
        var shift = Math.Max(0, 63 - BitOperations.LeadingZeroCount(nanoseconds | 1) - SubBits);
        return (shift << SubBits) + (int)(nanoseconds >> shift);
    }

    private static ulong UpperEnd(int bucket)
    {
        if (bucket < 2 << SubBits)
        {
            return (ulong)bucket;
        }

        var shift = (bucket >> SubBits) - 1;
        return (((ulong)bucket & ((1 << SubBits) - 1) | 1 << SubBits) + 1 << shift) - 1;
    }
}
