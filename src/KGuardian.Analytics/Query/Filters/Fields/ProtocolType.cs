using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>An IP protocol by name or number. A stored name, number or UNKNOWN(number) of the same protocol is equal, in any case.</summary>
internal sealed class ProtocolType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Text;

    public override string Expected(FilterOperator op) => op is FilterOperator.Contains or FilterOperator.StartsWith
        ? "a text that is not empty"
        : $"a protocol ({Words.Or([.. IpProtocols.Names, "a number from 0 to 255"])})";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now)
    {
        if (op is FilterOperator.Contains or FilterOperator.StartsWith)
        {
            return IsEmptyPart(op, value) ? null : AsciiCase.Upper(value);
        }

        return IpProtocols.TryNumber(value, out var number) ? IpProtocols.Name(number) : null;
    }

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        if (op == FilterOperator.Exists)
        {
            return TextSql(sql, column, op, values)!;
        }

        return op is FilterOperator.Equal or FilterOperator.In
            ? TextSql(sql, $"upper({column})", FilterOperator.In, [.. values.SelectMany(IpProtocols.Spellings)])!
            : TextSql(sql, $"upper({column})", op, values)!;
    }
}
