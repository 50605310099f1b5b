namespace KGuardian.Analytics.Query.Reports;

/// <summary>Some rows of many.</summary>
/// <param name="Rows">Those of the page, newest first.</param>
/// <param name="Total">How many flows there are on all pages.</param>
internal sealed record FlowPage<T>(IReadOnlyList<T> Rows, long Total)
    where T : FlowRow;
