using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Query;

/// <summary>SQL of time series. Steps begin at multiples of their length since 1970; those without anything are there, with 0.</summary>
internal static class SeriesSql
{
    private const string Head = "SELECT formatDateTime(toDateTime64(begin, 0, 'UTC'), '%Y-%m-%dT%H:%i:%SZ') AS time,";
    private const string Filled = "ORDER BY begin WITH FILL FROM {first:Int64} TO {end:Int64} STEP {step:Int64}";

    /// <summary>New flows a step.</summary>
    public static ClickHouseQuery NewQuery(FlowSelection selection, TimeSpan step) =>
        Stepped(
            selection.Query(where => $"""
                {Head} flows, '' AS {JsonRows.KeyColumn}
                FROM ({FirstSeenByStep(where, "flows")} {Filled})
                ORDER BY begin
                """),
            selection.Window, step);

    /// <summary>First observations and repeats a step.</summary>
    public static ClickHouseQuery ActiveQuery(FlowSelection selection, TimeSpan step) =>
        Stepped(
            selection.QueryWithActivity((where, flows) => $"""
                {Head} observations, '' AS {JsonRows.KeyColumn}
                FROM
                (
                    SELECT begin, sum(seen) AS observations
                    FROM ({FirstSeenByStep(where, "seen")} UNION ALL {ActivitySql.RepeatsByStep(selection, flows)})
                    GROUP BY begin
                    {Filled}
                )
                ORDER BY begin
                """),
            selection.Window, step);

    private static string FirstSeenByStep(string where, string name) => $"""
        SELECT intDiv(toUnixTimestamp64Micro(t.time_stamp) - positiveModulo(toUnixTimestamp64Micro(t.time_stamp), {"{step:Int64}"} * 1000000), 1000000)
            AS begin, count() AS {name}
        FROM traffic AS t
        WHERE {where}
        GROUP BY begin
        """;

    private static ClickHouseQuery Stepped(ClickHouseQuery query, TimeWindow window, TimeSpan step)
    {
        var seconds = (long)step.TotalSeconds;
        return query
            .With("step", seconds)
            .With("first", (long)Math.Floor((decimal)TimeWindow.Seconds(window.From) / seconds) * seconds)
            .With("end", TimeWindow.Seconds(window.To.AddTicks(TimeSpan.TicksPerSecond - 1)));
    }
}
