using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>Where a slice of grouped reports ends, in the order of group and time.</summary>
/// <param name="Group">The last row's group, as the grouping orders it.</param>
/// <param name="Micros">Its time, in microseconds since 1970.</param>
internal sealed record ReportSlice(string Group, long Micros)
{
    /// <summary>Before every row.</summary>
    public static readonly ReportSlice Begin = new("", TimeWindow.Micros(DateTimeOffset.MinValue));

    /// <summary>The query of the rows behind <paramref name="after"/>, up to here.</summary>
    public ClickHouseQuery Bind(ClickHouseQuery query, ReportSlice after) => query
        .With("after_group", after.Group).With("after_time", after.Micros).With("last_group", Group).With("last_time", Micros);
}
