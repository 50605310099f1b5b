using System.Globalization;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>What a top list leaves out.</summary>
/// <param name="Flows">The flows.</param>
/// <param name="Groups">The different values that they have.</param>
/// <param name="Observations">How often they were seen; 0 when that was not asked for.</param>
internal readonly record struct TopRemainder(long Flows, long Groups, long Observations)
{
    internal static TopRemainder Parse(string? key)
    {
        if (key is null)
        {
            return default;
        }

        var numbers = key.Split('.');
        return new TopRemainder(Number(0), Number(1), Number(2));

        long Number(int i) => long.Parse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}

/// <summary>What is counted of flows.</summary>
internal enum FlowMetric
{
    /// <summary>The flows, each once, when it was first seen.</summary>
    Flows,

    /// <summary>How often they were seen: their first observation, and the repeats of traffic_activity.</summary>
    Observations,
}

/// <summary>Bounds of a count.</summary>
/// <param name="AtLeast">There are no fewer.</param>
/// <param name="AtMost">There are no more.</param>
internal readonly record struct CountEstimate(long AtLeast, long AtMost)
{
    /// <summary>The middle: no other number has a smaller error.</summary>
    public long Flows => AtLeast + ((AtMost - AtLeast) / 2);

    /// <summary>How far the real count can be from <see cref="Flows"/>.</summary>
    public long Error => AtMost - Flows;
}
