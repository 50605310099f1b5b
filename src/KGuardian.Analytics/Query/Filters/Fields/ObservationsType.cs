using System.Globalization;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>How often a flow was seen: once, and once more for each repeat counted in traffic_activity.</summary>
internal sealed class ObservationsType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Order;

    public override int Cost(IReadOnlyList<string> values) => 50;

    public override string Expected(FilterOperator op) => "a whole number from 0 to 9223372036854775807";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) =>
        !value.EndsWith('\0') && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : null;

    // Flows without repeats are not in traffic_activity: when once is a right answer they are found by not being among the wrong ones.
    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var once = IsTrueOfOne(op, long.Parse(values[0], CultureInfo.InvariantCulture));
        var condition = $"1 + sum(a.observations) {op.Symbol()} {sql.Bind(values[0], "UInt64")}";
        return $"{sql.FlowId} {(once ? "NOT IN" : "IN")} (SELECT a.flow_id FROM traffic_activity AS a WHERE {sql.ActivityCounts} GROUP BY a.flow_id HAVING "
            + $"{(once ? $"NOT ({condition})" : condition)})";
    }

    private static bool IsTrueOfOne(FilterOperator op, long number) => op switch
    {
        FilterOperator.Equal => 1 == number,
        FilterOperator.Less => 1 < number,
        FilterOperator.LessOrEqual => 1 <= number,
        FilterOperator.Greater => 1 > number,
        _ => 1 >= number,
    };
}
