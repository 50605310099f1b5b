using KGuardian.Analytics.Query.Filters;

namespace KGuardian.Analytics.Query.Cursors;

/// <summary>Where a tail goes on, and what it is a tail of.</summary>
/// <param name="Now">When the tail began: what its filter's relative times count from, over all reconnects.</param>
/// <param name="Issued">When this cursor was given out.</param>
/// <param name="Sequence">The place of the last flow shown or passed over in the order of arrival.</param>
/// <param name="Filter">Fingerprint of the filter.</param>
internal readonly record struct TailCursor(DateTimeOffset Now, DateTimeOffset Issued, long Sequence, ulong Filter)
{
    /// <summary>A cursor at the begin of a tail.</summary>
    public static TailCursor Begin(FlowFilter filter, DateTimeOffset now, long sequence) => new(now, now, sequence, FlowCursor.Fingerprint(filter.ToString()));

    /// <summary>Makes sure that this cursor goes on with a tail of the same flows.</summary>
    /// <exception cref="CursorException">It is another's.</exception>
    public void Check(FlowFilter filter)
    {
        if (Filter != FlowCursor.Fingerprint(filter.ToString()))
        {
            throw new CursorException("is from another filter");
        }
    }
}
