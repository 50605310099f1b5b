using System.Globalization;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>A time as whole nanoseconds since 1970, which every flow has: what is before counts as 0, what 64 bits do not hold as their end.</summary>
/// <param name="isAtLeast">Whether a row's time is one, which is more than 0, or later, in SQL: the plain column beside a constant, for indexes.</param>
internal sealed class NanosecondsType(Func<FilterSqlWriter, long, string> isAtLeast) : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators { get; } =
        [.. FilterOperators.Order, FilterOperator.In, FilterOperator.NotIn, FilterOperator.Exists];

    public override int Cost(IReadOnlyList<string> values) => Math.Max(1, values.Count);

    public override string Expected(FilterOperator op) => "whole nanoseconds since 1970 (0 to 9223372036854775807)";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) =>
        !value.EndsWith('\0') && long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var nanoseconds)
            ? nanoseconds.ToString(CultureInfo.InvariantCulture)
            : null;

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var times = values.Select(value => long.Parse(value, CultureInfo.InvariantCulture)).ToArray();
        return op switch
        {
            FilterOperator.Exists => "1",
            FilterOperator.GreaterOrEqual => From(times[0]),
            FilterOperator.Greater => After(times[0]),
            FilterOperator.Less => $"NOT {From(times[0])}",
            FilterOperator.LessOrEqual => $"NOT {After(times[0])}",
            _ => $"({string.Join(" OR ", times.Select(time => $"({From(time)} AND NOT {After(time)})"))})",
        };

        string From(long time) => time == 0 ? "1" : $"({isAtLeast(sql, time)})";
        string After(long time) => time == long.MaxValue ? "0" : From(time + 1);
    }
}
