using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>How grave an event is: 0 to 7, of which 0 is the gravest. Every event has one.</summary>
internal sealed class SeverityType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators { get; } =
        [.. FilterOperators.Order, FilterOperator.In, FilterOperator.NotIn, FilterOperator.Exists];

    public override string Expected(FilterOperator op) => $"a severity (0, the gravest, to {EventRule.MildestSeverity})";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) =>
        value is [>= '0' and <= '9' and var digit] && digit - '0' <= EventRule.MildestSeverity ? value : null;

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) => op switch
    {
        FilterOperator.Exists => "1",
        FilterOperator.In => $"toString({column}) IN ({sql.BindList(values)})",
        _ => $"{column} {op.Symbol()} {sql.Bind(values[0], "UInt8")}",
    };
}
