using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Query.Filters;

namespace KGuardian.Analytics.Query;

/// <summary>The flows that a request is about.</summary>
/// <param name="Window">When they were first seen.</param>
/// <param name="Filter">What else is true of them.</param>
/// <param name="FlowId">The id of a row's flow, for filters on last_seen and observations.</param>
/// <param name="Oldest">The oldest arrival day that shows; earlier ones have expired. Readers set it when a read starts.</param>
public sealed record FlowSelection(TimeWindow Window, FlowFilter Filter, FlowIdSql? FlowId = null, DateOnly Oldest = default)
{
    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    // Plain columns beside constants: that is what the projection ordered by time recognises.
    internal const string WindowSql = """
        t.time_stamp >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND t.time_stamp < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
        AND t.arrival_day >= {oldest:Date}
        """;

    /// <summary>Skip indexes that can serve the filter.</summary>
    internal IReadOnlyCollection<string> SkipIndexes => FilterSql.Render(Filter, FlowId).SkipIndexes;

    /// <summary>A query over <c>traffic AS t</c>, made from the selection's condition.</summary>
    internal ClickHouseQuery Query(Func<string, string> sql)
    {
        var filter = FilterSql.Render(Filter, FlowId);
        var where = $"{WindowSql} AND {filter.Where}";
        return filter.Bind(new ClickHouseQuery(sql(where)))
            .With("from", TimeWindow.Micros(Window.From))
            .With("to", TimeWindow.Micros(Window.To))
            // ClickHouse's Date begins in 1970.
            .With("oldest", Oldest < Epoch ? Epoch : Oldest);
    }
}
