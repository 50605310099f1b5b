using System.Globalization;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>
/// What a contract documents and flows do not hold, such as a process: no flow has a value, so that nothing is equal and everything is not. Values must be
/// right all the same.
/// </summary>
/// <param name="isNumber">Whether values are whole numbers; else any text.</param>
internal sealed class NeverKnownType(bool isNumber) : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators { get; } = isNumber
        ? [.. FilterOperators.Order, FilterOperator.In, FilterOperator.NotIn, FilterOperator.Exists] : FilterOperators.Text;

    public override string Expected(FilterOperator op) => isNumber ? "a whole number"
        : op is FilterOperator.Contains or FilterOperator.StartsWith ? "a text that is not empty" : "a text";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) =>
        !isNumber ? IsEmptyPart(op, value) ? null : value
        : !value.EndsWith('\0') && long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number.ToString(CultureInfo.InvariantCulture)
        : null;

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) => "0";
}
