namespace KGuardian.Analytics.Query.Filters;

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
        var time = TimeType.BindTime(sql, values[0]);
        return op switch
        {
            FilterOperator.GreaterOrEqual or FilterOperator.Greater => Reaches(op.Symbol()),
            FilterOperator.Less => $"NOT {Reaches(">=")}",
            FilterOperator.LessOrEqual => $"NOT {Reaches(">")}",
            _ => $"({Reaches(">=")} AND NOT {Reaches(">")})",
        };

        string Reaches(string than) =>
            $"({column} {than} {time} OR {sql.FlowId} IN (SELECT a.flow_id FROM traffic_activity AS a "
            + $"WHERE {sql.ActivityCounts} AND a.last_seen {than} {time}))";
    }
}
