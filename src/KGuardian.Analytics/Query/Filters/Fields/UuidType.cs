using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>A uuid, stored as 16 bytes in the order of its text.</summary>
internal sealed class UuidType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Equality;

    public override string Expected(FilterOperator op) => "a uuid such as 0b7c1d2e-0000-4000-8000-000000000001";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) =>
        Guid.TryParseExact(value, "D", out var uuid) ? uuid.ToString("D") : null;

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        $"{column} IN (arrayMap(x -> UUIDStringToNum(x), {sql.BindList(values)}))";
}
