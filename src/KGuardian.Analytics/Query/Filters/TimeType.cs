namespace KGuardian.Analytics.Query.Filters;

/// <summary>The time a flow was first seen.</summary>
internal sealed class TimeType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Order;

    public override string Expected(FilterOperator op) => FilterTime.Expected;

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => CanonicalTime(value, now);

    // The plain column beside a constant: that is what the projection ordered by time recognises.
    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        $"{column} {op.Symbol()} {BindTime(sql, values[0])}";

    internal static string? CanonicalTime(string value, DateTimeOffset now) =>
        FilterTime.TryParse(value, now, out var time) ? FilterTime.ToText(time) : null;

    internal static string BindTime(FilterSqlWriter sql, string canonical) =>
        $"fromUnixTimestamp64Micro({sql.Bind(FilterTime.Micros(canonical), "Int64")}, 'UTC')";
}
