using System.Globalization;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>
/// Flows as what counts by names read: grouped by what names are looked up by, and looked up once a group. Only pods and addresses whose names change within
/// the window are grouped by time as well. Groups are told apart by their hash, at a third of the cost of their texts: that two of ten million share one
/// happens once in 400,000 questions.
/// </summary>
internal static class NamedFlows
{
    // Of each key the spans of its newest version.
    private const string Newest = """
        SELECT s.key AS key, s.span.2 AS valid_from, s.span.3 AS valid_to, s.span.4 AS type, s.span.5 AS namespace, s.span.6 AS name, s.span.7 AS node,
            s.span.8 AS workload_kind, s.span.9 AS workload
        FROM
        (
            SELECT g.key AS key, arrayJoin(arrayFilter(r -> r.1 = g.last AND r.2 < r.3, g.spans)) AS span
            FROM
            (
                SELECT h.key AS key, max(h.version) AS last,
                    groupArray((h.version, h.valid_from, h.valid_to, h.type, h.namespace, h.name, h.node, h.workload_kind, h.workload)) AS spans
                FROM name_history AS h WHERE h.subject = '{subject}' GROUP BY h.key
            ) AS g
        ) AS s
        """;

    private const string From = "fromUnixTimestamp64Micro({from:Int64}, 'UTC')";
    private const string To = "fromUnixTimestamp64Micro({to:Int64}, 'UTC')";

    /// <summary>Whether any of the dimensions is a name.</summary>
    public static bool AreAsked(IReadOnlyList<FlowDimension> by) => by.Any(dimension => dimension.Known is not null);

    /// <summary>
    /// Groups by the dimensions: <c>key_0</c> and so on, <c>flows</c>, <c>seen</c>, <c>oldest</c> and <c>newest</c>, the last two of when they were first seen.
    /// </summary>
    /// <param name="by">The dimensions.</param>
    /// <param name="collapsePorts">Whether ephemeral ports are one.</param>
    /// <param name="where">Which rows of <c>traffic AS t</c>.</param>
    /// <param name="repeats">Joins <c>r.repeats</c> to a row; null where they are not counted.</param>
    public static string Groups(IReadOnlyList<FlowDimension> by, bool collapsePorts, string where, string? repeats)
    {
        var keys = by.Select(dimension => dimension.Known?.Key).OfType<NameKey>().Distinct().ToArray();
        var raw = by.Index().Where(one => one.Item.Known is null).Select(one => (Sql: one.Item.Key(collapsePorts), Name: Raw(one.Index)))
            .Concat(keys.SelectMany(key => key.Columns.Select(column => (Sql: $"t.{column}", Name: $"{key.Alias}_{column}")))).ToList();
        var varies = string.Join(" OR ", keys.Select(key => $"{key.ColumnSql("t.")} IN (arrayMap(k -> k, ({Changing(key)})))"));
        raw.Add(($"if({varies}, t.time_stamp, {From})", "at"));
        var shown = by.Select((dimension, i) => $"{(dimension.Known is { } known ? ValueOf(known) : $"t.{Raw(i)}")} AS key_{Text(i)}");
        var joins = keys.Select(key =>
            $"ASOF LEFT JOIN ({Of(key)}) AS {key.Alias} ON {key.Alias}.key = {key.TextSql($"t.{key.Alias}_")} AND t.at >= {key.Alias}.valid_from");
        return $"""
            SELECT {string.Join(", ", shown)}, sum(t.flows) AS flows, sum(t.seen) AS seen, min(t.oldest) AS oldest, max(t.newest) AS newest
            FROM
            (
                SELECT {string.Join(", ", raw.Select(one => $"any({one.Sql}) AS {one.Name}"))}, count() AS flows,
                    {(repeats is null ? "count()" : "count() + sum(r.repeats)")} AS seen, min(t.time_stamp) AS oldest, max(t.time_stamp) AS newest
                FROM traffic AS t
                {repeats}
                WHERE {where}
                GROUP BY cityHash64(tuple({string.Join(", ", raw.Select(one => one.Sql))}))
            ) AS t
            {string.Join('\n', joins)}
            GROUP BY {string.Join(", ", by.Select((_, i) => $"key_{Text(i)}"))}
            """;
    }

    private static string ValueOf(FlowName name)
    {
        var value = name.ValueSql.Replace("h.", $"{name.Key.Alias}.", StringComparison.Ordinal);
        return $"if({name.Key.Alias}.valid_to > t.at, nullIf(toString({value}), ''), NULL)";
    }

    private static string Of(NameKey key) => Newest.Replace("{subject}", key.Subject, StringComparison.Ordinal);

    /// <summary>What flows have of the keys that are not one thing for all of the window: for pods the name, which others may have as well.</summary>
    private static string Changing(NameKey key) => $"""
        SELECT groupUniqArray({key.ChangingSql}) FROM
        (
            SELECT c.key AS key FROM ({Of(key)}) AS c
            WHERE c.valid_to > {From} AND c.valid_from < {To}
            GROUP BY c.key
            HAVING min(c.valid_from) > {From} OR max(c.valid_to) < {To}
                OR sum(toUnixTimestamp64Micro(least(c.valid_to, {To})) - toUnixTimestamp64Micro(greatest(c.valid_from, {From})))
                    < {"{to:Int64} - {from:Int64}"}
                OR uniqExact((c.type, c.namespace, c.name, c.node, c.workload_kind, c.workload)) > 1
        )
        """;

    private static string Raw(int i) => $"raw_{Text(i)}";

    private static string Text(int i) => i.ToString(CultureInfo.InvariantCulture);
}
