using System.Globalization;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>
/// A port's number. Stored codes are the number, 65536 more for each leading zero of its text, -1 for null and -2 for the empty
/// text: 443 equals a stored "0443", and the empty text exists but equals, and is less than, no number.
/// </summary>
/// <param name="zeroIsNone">Whether 0 is no port, as agents write it where they do not know one.</param>
internal sealed class PortType(bool zeroIsNone = false) : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators { get; } =
        [.. FilterOperators.Order, FilterOperator.In, FilterOperator.NotIn, FilterOperator.Exists];

    public override string Expected(FilterOperator op) => "a port (0 to 65535)";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) =>
        !value.EndsWith('\0') && ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port.ToString(CultureInfo.InvariantCulture)
            : null;

    // The remainders of the negative codes are ports to ClickHouse.
    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        zeroIsNone
            ? op == FilterOperator.Exists ? IsPort(column) : $"({IsPort(column)} AND {AnySql(sql, column, op, values)})"
            : AnySql(sql, column, op, values);

    private static string IsPort(string column) => $"({column} > 0 AND {column} % 65536 > 0)";

    private static string AnySql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) => op switch
    {
        FilterOperator.Exists => $"{column} != -1",
        FilterOperator.In => $"({column} >= 0 AND {column} % 65536 IN ({sql.BindList(values, "Int32")}))",
        _ => $"({column} >= 0 AND {column} % 65536 {op.Symbol()} {sql.Bind(values[0], "Int32")})",
    };
}
