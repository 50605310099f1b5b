using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query;

/// <summary>The flows that a request is about.</summary>
/// <param name="Window">When they were first seen.</param>
/// <param name="Filter">What else is true of them.</param>
/// <param name="FlowId">The id of a row's flow, for filters on last_seen and observations.</param>
/// <param name="Oldest">The oldest arrival day that shows; earlier ones have expired. Readers set it when a read starts.</param>
internal sealed record FlowSelection(TimeWindow Window, FlowFilter Filter, FlowIdSql? FlowId = null, DateOnly Oldest = default)
{
    // Plain columns beside constants: that is what the projection ordered by time recognises.
    internal const string WindowSql = """
        t.time_stamp >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND t.time_stamp < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
        AND t.arrival_day >= {oldest:Date}
        """;

    /// <summary>Skip indexes that can serve the filter.</summary>
    internal IReadOnlyCollection<string> SkipIndexes => Render().SkipIndexes;

    /// <summary>A query over <c>traffic AS t</c>, made from the selection's condition.</summary>
    internal ClickHouseQuery Query(Func<string, string> sql) => Query((where, _) => sql(where));

    /// <summary>One that knows the flows' ids too: made from the condition and that of the filter alone, whenever flows were first seen.</summary>
    internal ClickHouseQuery QueryWithActivity(Func<string, string, string> sql)
    {
        var query = Query(sql);
        // Twice would be one too many.
        return Render().UsesFlowId ? query : FlowId!.Bind(query);
    }

    private ClickHouseQuery Query(Func<string, string, string> sql)
    {
        var filter = Render();
        var where = $"{WindowSql} AND {filter.Where}";
        var flows = $"t.arrival_day >= {"{oldest:Date}"} AND {filter.Where}";
        return filter.Bind(new ClickHouseQuery(sql(where, flows)))
            .With("from", TimeWindow.Micros(Window.From))
            .With("to", TimeWindow.Micros(Window.To))
            .With("oldest", SqlDate.Of(Oldest));
    }

    // Activity that has expired does not count either.
    private FilterSql Render() => FilterSql.Render(Filter, FlowId is null ? null : FlowId with { Oldest = Oldest });
}
