using System.Globalization;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>
/// Flows as what counts by names read: grouped by what names are looked up by, and looked up once a group. Flows of names that change within the window
/// are grouped by the span between two changes as well. Groups are told apart by their hash, at a third of the cost of their texts: that two of ten million
/// share one happens once in 400,000 questions.
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
        raw.AddRange(keys.Select(key => (Sql: SpanBorders.At(key, $"{key.Subject}_borders"), Name: $"{key.Alias}_at")));
        var borders = keys.Select(key => key.Subject).Distinct().Select(subject => $"{Borders(subject)} AS {subject}_borders");
        var shown = by.Select((dimension, i) => $"{(dimension.Known is { } known ? ValueOf(known) : $"t.{Raw(i)}")} AS key_{Text(i)}");
        var joins = keys.Select(key =>
            $"ASOF LEFT JOIN ({Of(key)}) AS {key.Alias} ON {key.Alias}.key = {key.TextSql($"t.{key.Alias}_")} AND {At(key)} >= {key.Alias}.valid_from");
        return $"""
            SELECT {string.Join(", ", shown)}, sum(t.flows) AS flows, sum(t.seen) AS seen, min(t.oldest) AS oldest, max(t.newest) AS newest
            FROM
            (
                WITH {string.Join(", ", borders)}
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
        return $"if({name.Key.Alias}.valid_to > {At(name.Key)}, nullIf(toString({value}), ''), NULL)";
    }

    private static string Of(NameKey key) => Newest.Replace("{subject}", key.Subject, StringComparison.Ordinal);

    private static string At(NameKey key) => $"fromUnixTimestamp64Micro(t.{key.Alias}_at, 'UTC')";

    /// <summary>Moments within the window at which names change.</summary>
    private static string Borders(string subject) => SpanBorders.Of(
        $"greatest({"{from:Int64}"}, least({"{to:Int64}"}, toUnixTimestamp64Micro(now64(6)) + {TimeSpan.FromDays(1).Ticks / TimeSpan.TicksPerMicrosecond}) "
            + $"- {SpanBorders.Longest})",
        $"""
        SELECT name, border FROM
        (
            SELECT {(subject == NameKey.Pod.Subject ? NameKey.Pod : NameKey.Peer).ChangingSql} AS name,
                arrayJoin([toUnixTimestamp64Micro(h.valid_from), toUnixTimestamp64Micro(h.valid_to)]) AS border
            FROM name_history AS h WHERE h.subject = '{subject}'
        )
        WHERE border > {"{from:Int64}"} AND border < {"{to:Int64}"}
        """);

    private static string Raw(int i) => $"raw_{Text(i)}";

    private static string Text(int i) => i.ToString(CultureInfo.InvariantCulture);
}
