namespace KGuardian.Analytics.Bench.Model;

/// <summary>Draws ranks 0..count-1 where rank k is 1/(k+1) as likely as rank 0: few peers get most of the traffic.</summary>
internal sealed class ZipfSampler
{
    private readonly double[] _cumulative;

    public ZipfSampler(int count)
    {
        _cumulative = new double[count];
        var sum = 0.0;
        for (var rank = 0; rank < count; rank++)
        {
            _cumulative[rank] = sum += 1.0 / (rank + 1);
        }
    }

    public int Next(ref FastRandom random)
    {
        var point = (random.Next() >> 11) * (1.0 / (1UL << 53)) * _cumulative[^1];
        var found = Array.BinarySearch(_cumulative, point);
        return Math.Min(found < 0 ? ~found : found, _cumulative.Length - 1);
    }
}
