namespace KGuardian.Analytics.Query.Reports;

/// <summary>What every row of a page has. Times are ISO 8601 in UTC with three digits of a second, so that their texts sort as they do.</summary>
internal abstract record FlowRow
{
    /// <summary>The flow's uuid.</summary>
    public required string Uuid { get; init; }

    /// <summary>When it was first seen.</summary>
    public required string StartTime { get; init; }

    /// <summary>When it was last seen.</summary>
    public string EndTime { get; init; } = "";

    /// <summary>How often it was seen, the first time included.</summary>
    public ulong Observations { get; init; }

    /// <summary>The id by which traffic_activity knows it.</summary>
    public ulong FlowId { get; init; }

    /// <summary>When it arrived. What traffic_activity says of days before is of an earlier flow, which has expired.</summary>
    public DateOnly ArrivalDay { get; init; }
}

/// <summary>Some rows of many.</summary>
/// <param name="Rows">Those of the page, newest first.</param>
/// <param name="Total">How many flows there are on all pages.</param>
internal sealed record FlowPage<T>(IReadOnlyList<T> Rows, long Total)
    where T : FlowRow;

/// <summary>The repeats of a flow that arrived on a day.</summary>
/// <param name="FlowId">The flow.</param>
/// <param name="ArrivalDay">The day.</param>
/// <param name="Repeats">How many there were.</param>
/// <param name="LastSeen">The latest, written as times of <see cref="FlowRow"/> are.</param>
internal sealed record FlowActivity(ulong FlowId, DateOnly ArrivalDay, ulong Repeats, string LastSeen);
