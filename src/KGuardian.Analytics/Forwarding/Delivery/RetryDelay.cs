namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>How long a target that failed is left alone: twice as long each time, and not in step with others.</summary>
/// <param name="first">The first time.</param>
internal sealed class RetryDelay(TimeSpan first)
{
    /// <summary>Of an integration: 1 s, and up to <see cref="Longest"/>.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The longest time, but for <see cref="Spread"/>.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>A fifth more or less.</summary>
    private const double Spread = 0.2;

    /// <summary>2^20 times the first is beyond the longest.</summary>
    private const int MostDoublings = 20;

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>It failed once more: for how long.</summary>
    public TimeSpan Next()
    {
        var doubled = first * Math.Pow(2, Math.Min(Failures++, MostDoublings));
        return (doubled < Longest ? doubled : Longest) * (1 - Spread + (2 * Spread * Random.Shared.NextDouble()));
    }

    /// <summary>It did not.</summary>
    public void Reset() => Failures = 0;
}
