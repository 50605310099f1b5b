using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>SQL over traffic_activity: repeats by flow and hour. Ids are eight bytes of the dedup key, so texts are never compared.</summary>
internal static class ActivitySql
{
    private static readonly string Counts = FlowIdSql.Counts("{oldest:Date}");

    /// <summary>How many rows of traffic_activity count: known without reading them.</summary>
    public static readonly string CountRows = $"SELECT toInt64(count()) AS value FROM traffic_activity AS a WHERE {Counts}";

    /// <summary>
    /// Joins <c>r.repeats</c>, and <c>r.seen</c> of the last one, to each row of <c>traffic AS t</c>. A filter leaves few flows: then only their repeats are
    /// gathered. Without one naming them would cost more than it spares.
    /// </summary>
    /// <param name="shown">The flows.</param>
    /// <param name="where">Which rows of <c>traffic AS t</c>.</param>
    /// <param name="isNarrowed">Whether these are few of the flows even where there is no filter.</param>
    public static string JoinRepeats(ShownFlows shown, string where, bool isNarrowed = false) => $"""
        LEFT JOIN
        (
            SELECT a.flow_id AS id, sum(a.observations) AS repeats, max(a.last_seen) AS seen
            FROM traffic_activity AS a
            WHERE {Counts}{OfFlows(shown, where, isNarrowed)}
            GROUP BY a.flow_id
        ) AS r ON r.id = {shown.FlowId!.Expression}
        """;

    /// <summary>Repeats of flows that the shown's filter leaves, whenever they were first seen, by the step of their hour.</summary>
    public static string RepeatsByStep(ShownFlows shown, string flows) => $"""
        SELECT toUnixTimestamp64Second(a.hour) - positiveModulo(toUnixTimestamp64Second(a.hour) - {"{origin:Int64}"}, {"{step:Int64}"}) AS begin, sum(a.observations) AS seen
        FROM traffic_activity AS a
        WHERE {Counts} AND a.hour >= fromUnixTimestamp64Micro({"{from:Int64}"}, 'UTC') AND a.hour < fromUnixTimestamp64Micro({"{to:Int64}"}, 'UTC')
            {OfFlows(shown, flows)}
        GROUP BY begin
        """;

    /// <summary>Ten million flows on the right side of a join are half a gigabyte; more go to disk, not over the query's memory.</summary>
    /// <param name="query">The query.</param>
    /// <param name="memoryLimitBytes">Most memory of the query.</param>
    /// <param name="besides">What joins take that cannot spill; null where there are none.</param>
    public static ClickHouseQuery WithSpillingJoin(this ClickHouseQuery query, long memoryLimitBytes, string? besides = null) => query
        .WithSetting("join_algorithm", besides is null ? "grace_hash" : $"grace_hash,{besides}")
        .WithSetting("max_bytes_in_join", (memoryLimitBytes / 4).ToString(CultureInfo.InvariantCulture));

    private static string OfFlows(ShownFlows shown, string condition, bool isNarrowed = false) =>
        !isNarrowed && shown.Filter.Equals(FlowFilter.Everything)
            ? ""
            : $" AND a.flow_id IN (SELECT {shown.FlowId!.Expression} FROM traffic AS t WHERE {condition})";
}
