using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>
/// SQL of time series. Steps begin at multiples of their length since 1970, those of whole weeks on Mondays; those without anything are there, with 0.
/// </summary>
internal static class SeriesSql
{
    private const string Head = "SELECT formatDateTime(toDateTime64(begin, 0, 'UTC'), '%Y-%m-%dT%H:%i:%SZ') AS time,";
    /// <summary>The first Monday of 1970, 1970-01-05, in seconds: what ISO weeks, and several of them, are counted from (ClickHouse does the same).</summary>
    private const long FirstMonday = 4 * 86_400;

    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private const string Filled = "ORDER BY begin WITH FILL FROM {first:Int64} TO {end:Int64} STEP {step:Int64}";

    /// <summary>New flows a step.</summary>
    public static ClickHouseQuery NewQuery(ShownFlows shown, TimeSpan step) =>
        Stepped(
            shown.Query(where => $"""
                {Head} flows, '' AS {JsonRows.KeyColumn}
                FROM ({FirstSeenByStep(where, "flows")} {Filled})
                ORDER BY begin
                """),
            shown.Window, step);

    /// <summary>First observations and repeats a step.</summary>
    public static ClickHouseQuery ActiveQuery(ShownFlows shown, TimeSpan step) =>
        Stepped(
            shown.QueryWithActivity((where, flows) => $"""
                {Head} observations, '' AS {JsonRows.KeyColumn}
                FROM
                (
                    SELECT begin, sum(seen) AS observations
                    FROM ({FirstSeenByStep(where, "seen")} UNION ALL {ActivitySql.RepeatsByStep(shown, flows)})
                    GROUP BY begin
                    {Filled}
                )
                ORDER BY begin
                """),
            shown.Window, step);

    private static string FirstSeenByStep(string where, string name) => $"""
        SELECT intDiv(toUnixTimestamp64Micro(t.time_stamp)
                - positiveModulo(toUnixTimestamp64Micro(t.time_stamp) - {"{origin:Int64}"} * 1000000, {"{step:Int64}"} * 1000000), 1000000) AS begin,
            count() AS {name}
        FROM traffic AS t
        WHERE {where}
        GROUP BY begin
        """;

    private static ClickHouseQuery Stepped(ClickHouseQuery query, TimeWindow window, TimeSpan step)
    {
        var seconds = (long)step.TotalSeconds;
        var origin = step.Ticks % Week.Ticks == 0 ? FirstMonday : 0;
        return query
            .With("step", seconds)
            .With("origin", origin)
            .With("first", origin + (long)Math.Floor((decimal)(TimeWindow.Seconds(window.From) - origin) / seconds) * seconds)
            .With("end", TimeWindow.Seconds(window.To.AddTicks(TimeSpan.TicksPerSecond - 1)));
    }
}
