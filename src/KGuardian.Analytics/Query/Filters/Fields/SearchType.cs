using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>Free text: part of the pod's name, its namespace or one of the addresses, whatever the case of ASCII letters.</summary>
internal sealed class SearchType : FieldType
{
    private static readonly string[] Columns = [.. FlowTable.Columns.Where(column => column.IsSearched).Select(column => column.Name)];

    // The languages of the contracts write freeText = "x", and in for any of some texts; it means the same.
    public override IReadOnlyList<FilterOperator> Operators { get; } = [FilterOperator.Contains, .. FilterOperators.Equality];

    public override int Cost(IReadOnlyList<string> values) => 2;

    public override string Expected(FilterOperator op) => "a text that is not empty";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => value.Length == 0 ? null : value;

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var text = sql.Bind(values[0]);
        return $"({string.Join(" OR ", Columns.Select(name => $"positionCaseInsensitive({sql.Column(name)}, {text}) > 0"))})";
    }
}
