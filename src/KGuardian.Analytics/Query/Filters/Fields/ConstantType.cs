using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>A text that every flow has, such as the cluster's name.</summary>
/// <param name="constant">It.</param>
/// <param name="words">What can be asked for; none: any text.</param>
internal sealed class ConstantType(string constant, params string[] words) : FieldType
{
    private static readonly TextType Text = new();

    public override IReadOnlyList<FilterOperator> Operators { get; } =
        words.Length == 0 ? FilterOperators.Text : [.. FilterOperators.Equality, FilterOperator.Exists];

    public override string Expected(FilterOperator op) => words.Length == 0 ? Text.Expected(op) : Words.Or(words);

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) =>
        words.Length == 0 ? Text.Canonical(op, value, now) : Array.Find(words, word => word.Equals(value, StringComparison.OrdinalIgnoreCase));

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        $"({Text.Sql(sql, sql.Bind(constant), op, values)})";
}
