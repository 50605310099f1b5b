using System.Text;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>The complement of a filter.</summary>
internal sealed class FlowNot : FlowFilter
{
    internal FlowNot(FlowFilter filter)
        : base(filter.Depth + 1, filter.Terms, filter.ValuesLength) => Filter = filter;

    /// <summary>What must not be.</summary>
    public FlowFilter Filter { get; }

    internal override string Sql(FilterSqlWriter sql, bool negated) => Filter.Sql(sql, !negated);

    internal override void Print(StringBuilder text)
    {
        var grouped = Filter is FlowGroup { Filters.Count: > 0 };
        text.Append(grouped ? "not (" : "not ");
        Filter.Print(text);
        text.Append(grouped ? ")" : "");
    }
}
