using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>A text in a column that has '' for none.</summary>
internal sealed class OptionalTextType : FieldType
{
    private static readonly TextType Text = new();

    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Text;

    public override string Expected(FilterOperator op) => Text.Expected(op);

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => Text.Canonical(op, value, now);

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        $"({column} != '' AND {(op == FilterOperator.Exists ? "1" : Text.Sql(sql, column, op, values))})";
}
