using System.Text;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>Filters joined by and, or by or. Groups of the same kind are one group, and a group never has one member.</summary>
internal sealed class FlowGroup : FlowFilter
{
    internal FlowGroup(bool isAnd, IReadOnlyList<FlowFilter> filters)
        : base(
            1 + filters.Select(filter => filter.Depth).DefaultIfEmpty().Max(),
            filters.Sum(filter => filter.Terms),
            filters.Sum(filter => filter.ValuesLength)) =>
        (IsAnd, Filters) = (isAnd, filters);

    /// <summary>Whether all must be true, not just one.</summary>
    public bool IsAnd { get; }

    /// <summary>The members; none: <see cref="FlowFilter.Everything"/>.</summary>
    public IReadOnlyList<FlowFilter> Filters { get; }

    internal static FlowFilter Join(bool isAnd, IEnumerable<FlowFilter> filters)
    {
        // Everything is an empty and-group, so it vanishes among the members of another.
        var members = filters.SelectMany(filter => filter is FlowGroup group && group.IsAnd == isAnd ? group.Filters : [filter]).ToArray();
        return members switch
        {
            [var only] => only,
            [] when isAnd => Everything,
            [] => throw new FilterException("none of no filters can be true", "at least one filter"),
            _ => new FlowGroup(isAnd, members),
        };
    }

    internal override string Sql(FilterSqlWriter sql, bool negated)
    {
        if (Filters.Count == 0)
        {
            return negated ? "0" : "1";
        }

        return $"({string.Join(IsAnd != negated ? " AND " : " OR ", Filters.Select(filter => filter.Sql(sql, negated)))})";
    }

    internal override void Print(StringBuilder text)
    {
        if (Filters.Count == 0)
        {
            text.Append('*');
        }

        for (var i = 0; i < Filters.Count; i++)
        {
            text.Append(i == 0 ? "" : IsAnd ? " and " : " or ");
            // And binds more tightly, so only an or-group inside an and-group needs them.
            var grouped = Filters[i] is FlowGroup { IsAnd: false };
            text.Append(grouped ? "(" : "");
            Filters[i].Print(text);
            text.Append(grouped ? ")" : "");
        }
    }
}
