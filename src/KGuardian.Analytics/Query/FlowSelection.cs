using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query;

/// <summary>The flows that a request is about, expired ones among them; a read makes <see cref="ShownFlows"/> of it.</summary>
/// <param name="Window">When they were first seen.</param>
/// <param name="Filter">What else is true of them.</param>
/// <param name="FlowId">The id of a row's flow, for filters on last_seen and observations.</param>
internal sealed record FlowSelection(TimeWindow Window, FlowFilter Filter, FlowIdSql? FlowId = null)
{
    /// <summary>Where they are in the order of arrival; null for anywhere.</summary>
    public ArrivalRange? Arrived { get; init; }
}

/// <summary>A part of an order of arrival, as the sequences of its table have it: microseconds since 1970, made distinct and growing.</summary>
/// <param name="From">Its begin.</param>
/// <param name="To">Its end, not part of it.</param>
internal readonly record struct ArrivalRange(long From, long To);
