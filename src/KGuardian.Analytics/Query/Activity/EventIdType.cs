using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>The id of an event; every event has one. The times that are in ids are compared first, for the table's order.</summary>
/// <param name="hash">What of a row tells events of one time apart: a UInt64.</param>
internal sealed class EventIdType(Func<FilterSqlWriter, string> hash) : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators { get; } = [.. FilterOperators.Equality, FilterOperator.Exists];

    // What makes an id takes as much as last_seen does.
    public override int Cost(IReadOnlyList<string> values) => 50;

    public override string Expected(FilterOperator op) => "an id of 32 hexadecimal digits";

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => FlowEventId.TryParse(value, out var id) ? id.ToString() : null;

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        if (op == FilterOperator.Exists)
        {
            return "1";
        }

        var times = values.Select(value => FlowEventId.TryParse(value, out var id) ? id.Nanoseconds : throw new ArgumentException("not canonical")).ToArray();
        var window = NanosecondTime.Between(times.Min(), times.Max());
        var time = sql.Column(FlowTable.TimeStamp.Name);
        return $"({time} >= {TimeType.Bind(sql, window.From)} AND {time} < {TimeType.Bind(sql, window.To)} "
            + $"AND {FlowEventId.Sql(time, hash(sql))} IN ({sql.BindList(values)}))";
    }
}
