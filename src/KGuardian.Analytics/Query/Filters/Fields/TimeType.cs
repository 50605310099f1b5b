using System.Globalization;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>The time a flow was first seen.</summary>
internal sealed class TimeType : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Order;

    public override string Expected(FilterOperator op) => FilterTime.Expected;

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => CanonicalTime(value, now);

    // The plain column beside a constant: that is what the projection ordered by time recognises.
    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var time = Read(values[0]);
        return op switch
        {
            FilterOperator.GreaterOrEqual => $"{column} >= {Bind(sql, time.From)}",
            FilterOperator.Greater => $"{column} >= {Bind(sql, time.To)}",
            FilterOperator.Less => $"{column} < {Bind(sql, time.From)}",
            FilterOperator.LessOrEqual => $"{column} < {Bind(sql, time.To)}",
            _ => $"({column} >= {Bind(sql, time.From)} AND {column} < {Bind(sql, time.To)})",
        };
    }

    internal static string? CanonicalTime(string value, DateTimeOffset now) =>
        FilterTime.TryParse(value, now, out var time) ? FilterTime.Canonical(time) : null;

    /// <summary>What a time that <see cref="CanonicalTime"/> spelt stands for.</summary>
    internal static TimeWindow Read(string canonical) =>
        FilterTime.TryParse(canonical, default, out var time)
            ? time
            : throw new ArgumentException($"'{canonical}' is not the spelling of a time", nameof(canonical));

    internal static string Bind(FilterSqlWriter sql, DateTimeOffset time) =>
        $"fromUnixTimestamp64Micro({sql.Bind(TimeWindow.Micros(time).ToString(CultureInfo.InvariantCulture), "Int64")}, 'UTC')";
}
