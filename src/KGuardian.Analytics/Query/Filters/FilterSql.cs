using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Sql;
using KGuardian.Analytics.Query.Names;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>A filter as ClickHouse takes it: a condition on rows of traffic, whose values are parameters (<c>filter_0</c> ...).</summary>
internal sealed class FilterSql
{
    private readonly IReadOnlyList<KeyValuePair<string, string>> _parameters;
    private readonly FlowIdSql? _flowId;

    private FilterSql(
        string where, IReadOnlyList<KeyValuePair<string, string>> parameters, FlowIdSql? flowId, IReadOnlyCollection<string> skipIndexes,
        IReadOnlyList<NameSql> names)
    {
        Names = names;
        Where = where;
        SkipIndexes = skipIndexes;
        _parameters = parameters;
        _flowId = flowId;
    }

    /// <summary>
    /// The condition, safe beside AND. It may be NULL where the filter is false, which WHERE and countIf take alike: to negate it, render
    /// the <see cref="FlowFilter.Not"/> of the filter instead.
    /// </summary>
    public string Where { get; }

    /// <summary>Constants that the condition names: the query must define them.</summary>
    internal IReadOnlyList<NameSql> Names { get; }

    /// <summary>Whether the condition names the flow's id, so that <see cref="Bind"/> binds its parameters too.</summary>
    internal bool UsesFlowId => _flowId is not null;

    /// <summary>Skip indexes that know parts of it; those of values that can be rare or frequent.</summary>
    internal IReadOnlyCollection<string> SkipIndexes { get; }

    /// <summary>Renders a filter.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="flowId">The id of a row's flow; only filters on last_seen and observations use it.</param>
    /// <param name="table">The alias of traffic in the query; not user input.</param>
    public static FilterSql Render(FlowFilter filter, FlowIdSql? flowId = null, string table = "t")
    {
        var writer = new FilterSqlWriter(flowId, table);
        var where = filter.Sql(writer, negated: false);
        return new FilterSql(where, writer.Parameters, writer.UsesFlowId ? flowId : null, writer.SkipIndexes, writer.Names);
    }

    /// <summary>The same query with the filter's values. Each filter of a query must be part of one <see cref="FilterSql"/>.</summary>
    public ClickHouseQuery Bind(ClickHouseQuery query)
    {
        var bound = _parameters.Aggregate(query, (current, parameter) => current.With(parameter.Key, parameter.Value));
        return _flowId is null ? bound : _flowId.Bind(bound);
    }
}
