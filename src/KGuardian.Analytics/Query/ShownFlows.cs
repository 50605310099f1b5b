using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query;

/// <summary>
/// The flows of a selection that have not expired: what queries are made of. <see cref="FlowQueryRunner"/> makes it when a read starts, so that no
/// query forgets the retention window; the filter is rendered once, however many queries a read takes.
/// </summary>
internal sealed class ShownFlows
{
    // Plain columns beside constants: that is what the projection ordered by time recognises.
    private const string WindowSql = """
        t.time_stamp >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND t.time_stamp < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
        AND t.arrival_day >= {oldest:Date}
        """;

    private const string ArrivedSql = " AND t.sequence >= {arrived_from:UInt64} AND t.sequence < {arrived_to:UInt64}";

    private const string MostElements = "10000000";

    private readonly FilterSql _rendered;

    /// <summary>The selection's flows that arrived on <paramref name="oldest"/> or later.</summary>
    public ShownFlows(FlowSelection selection, DateOnly oldest)
        // Activity that has expired does not count either.
        : this(selection.Window, selection.Filter, selection.FlowId is { } id ? id with { Oldest = oldest } : null, oldest, null, selection.Arrived)
    {
    }

    private ShownFlows(TimeWindow window, FlowFilter filter, FlowIdSql? flowId, DateOnly oldest, FilterSql? rendered, ArrivalRange? arrived)
    {
        (Window, Filter, FlowId, Oldest, Arrived) = (window, filter, flowId, oldest, arrived);
        _rendered = rendered ?? FilterSql.Render(filter, flowId);
    }

    /// <summary>When they were first seen.</summary>
    public TimeWindow Window { get; }

    /// <summary>What else is true of them.</summary>
    public FlowFilter Filter { get; }

    /// <summary>The id of a row's flow; null where no query of the read names it.</summary>
    public FlowIdSql? FlowId { get; }

    /// <summary>The oldest arrival day that shows.</summary>
    public DateOnly Oldest { get; }

    /// <summary>Where they are in the order of arrival; null for anywhere.</summary>
    public ArrivalRange? Arrived { get; }

    /// <summary>Skip indexes that can serve the filter.</summary>
    public IReadOnlyCollection<string> SkipIndexes => _rendered.SkipIndexes;

    /// <summary>Which rows of <c>edge_rollup AS t</c>, whenever they were first seen: only where it has the filter's columns.</summary>
    public string RowsSql => $"t.arrival_day >= {"{oldest:Date}"} AND {_rendered.Where}";

    /// <summary>Those of them that were first seen in another window.</summary>
    public ShownFlows In(TimeWindow window) => new(window, Filter, FlowId, Oldest, _rendered, Arrived);

    /// <summary>Those of them of which <paramref name="filter"/> is true as well.</summary>
    public ShownFlows Where(params ReadOnlySpan<FlowFilter> filter) => new(Window, FlowFilter.And([Filter, .. filter]), FlowId, Oldest, null, Arrived);

    /// <summary>A query over <c>traffic AS t</c>, made from the condition.</summary>
    public ClickHouseQuery Query(Func<string, string> sql) => Query((where, _) => sql(where));

    /// <summary>One that knows the flows' ids too: made from the condition and that of the filter alone, whenever flows were first seen.</summary>
    public ClickHouseQuery QueryWithActivity(Func<string, string, string> sql)
    {
        var query = Query(sql);
        // The filter has bound the id's parameters where it names it.
        return _rendered.UsesFlowId ? query : FlowId!.Bind(query);
    }

    private ClickHouseQuery Query(Func<string, string, string> sql)
    {
        var where = $"{WindowSql}{(Arrived is null ? "" : ArrivedSql)} AND {_rendered.Where}";
        var flows = $"t.arrival_day >= {"{oldest:Date}"} AND {_rendered.Where}";
        var plain = sql(where, flows);
        var named = FlowName.With(plain, _rendered.Names);
        var query = new ClickHouseQuery(named);
        // What names are gathered from counts once for each time that an expression refers to it.
        query = _rendered.Bind(plain.Length == named.Length ? query : query.WithSetting("max_expanded_ast_elements", MostElements))
            .With("from", TimeWindow.Micros(Window.From))
            .With("to", TimeWindow.Micros(Window.To))
            .With("oldest", SqlDate.Of(Oldest));
        return Arrived is { } arrived ? query.With("arrived_from", arrived.From).With("arrived_to", arrived.To) : query;
    }
}
