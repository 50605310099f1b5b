using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>What every flow has, for vocabularies in which each field can be asked whether it is there.</summary>
/// <param name="type">What the values are.</param>
internal sealed class AlwaysThereType(FieldType type) : FieldType
{
    /// <summary>What the values are.</summary>
    public FieldType Inner => type;

    public override IReadOnlyList<FilterOperator> Operators { get; } = [.. type.Operators, FilterOperator.Exists];

    public override int Cost(IReadOnlyList<string> values) => type.Cost(values);

    public override string Expected(FilterOperator op) => type.Expected(op);

    public override bool HasWord(string word) => type.HasWord(word);

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => type.Canonical(op, value, now);

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        op == FilterOperator.Exists ? "1" : type.Sql(sql, column, op, values);
}
