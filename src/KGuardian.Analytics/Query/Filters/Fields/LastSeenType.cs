using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>The time a flow was last seen: the latest of its first observation and its repeats.</summary>
internal sealed class LastSeenType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Order;

    public override int Cost(IReadOnlyList<string> values) => 50;

    public override string Expected(FilterOperator op) => FilterTime.Expected;

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => TimeType.CanonicalTime(value, now);

    // A maximum is at or after a time when one of its times is: no flow need be grouped.
    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var time = TimeType.Read(values[0]);
        return op switch
        {
            FilterOperator.GreaterOrEqual => Reaches(time.From),
            FilterOperator.Greater => Reaches(time.To),
            FilterOperator.Less => $"NOT {Reaches(time.From)}",
            FilterOperator.LessOrEqual => $"NOT {Reaches(time.To)}",
            _ => $"({Reaches(time.From)} AND NOT {Reaches(time.To)})",
        };

        string Reaches(DateTimeOffset moment)
        {
            var bound = TimeType.Bind(sql, moment);
            return $"({column} >= {bound} OR {sql.FlowId} IN (SELECT a.flow_id FROM traffic_activity AS a "
                + $"WHERE {sql.ActivityCounts} AND a.last_seen >= {bound}))";
        }
    }
}
