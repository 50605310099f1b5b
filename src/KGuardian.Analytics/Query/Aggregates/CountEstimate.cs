namespace KGuardian.Analytics.Query.Aggregates;

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
