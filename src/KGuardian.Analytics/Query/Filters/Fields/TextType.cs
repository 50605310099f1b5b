using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>Text compared byte for byte; upper and lower case differ.</summary>
internal sealed class TextType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Text;

    public override string Expected(FilterOperator op) =>
        op is FilterOperator.Contains or FilterOperator.StartsWith ? "a text that is not empty" : "a text";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => IsEmptyPart(op, value) ? null : value;

    // The plain column beside the parameter: that is what the skip index on pod_name recognises.
    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        TextSql(sql, column, op, values)!;
}
