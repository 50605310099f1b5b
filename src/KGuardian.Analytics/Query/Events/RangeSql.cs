using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Events;

/// <summary>
/// What a range's ends ask of rows beside its window, in SQL. An end within a microsecond goes by the ids that tell its events apart; most ends are not, and
/// ask nothing: comparing ids of all rows would cost as much as reading their times.
/// </summary>
internal static class RangeSql
{
    /// <summary>The condition, to be put behind others; '' for none. A query that has it must be <see cref="Bind">bound</see>.</summary>
    /// <param name="range">The range.</param>
    /// <param name="id">SQL of the id of a row of <c>t</c>.</param>
    public static string Ties(EventRange range, string id) =>
        (range is { IsTiedFrom: true, From: { } from } ? Beyond("from_time", id, from.IsInclusive ? ">=" : ">", ">", "from_id") : "")
        + (range is { IsTiedTo: true, To: { } to } ? Beyond("to_time", id, to.IsInclusive ? "<=" : "<", "<", "to_id") : "");

    /// <summary>Binds what <see cref="Ties"/> names.</summary>
    public static ClickHouseQuery Bind(ClickHouseQuery query, EventRange range)
    {
        var bound = range is { IsTiedFrom: true, From.Position: var from } ? query.With("from_time", from.Micros).With("from_id", from.Id) : query;
        return range is { IsTiedTo: true, To.Position: var to } ? bound.With("to_time", to.Micros).With("to_id", to.Id) : bound;
    }

    private static string Beyond(string time, string id, string sign, string strictly, string name) =>
        $" AND (t.time_stamp {strictly} fromUnixTimestamp64Micro({{{time}:Int64}}, 'UTC') OR {id} {sign} {{{name}:UInt64}})";
}
