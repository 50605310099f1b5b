using System.Globalization;

namespace KGuardian.Analytics.Query.Names;

/// <summary>
/// Names of a flow's ends as of its time, as expressions of a row of <c>traffic</c>. What <c>name_history</c> has is gathered once a query, into constants;
/// a row is then looked up by its address or pod, and by its time only where the answer changes within the window.
/// </summary>
/// <param name="Alias">What the expression calls the constants: the query must define it, see <see cref="With"/>.</param>
/// <param name="Gathered">The constants, a tuple.</param>
/// <param name="Expression">The value.</param>
internal sealed record NameSql(string Alias, string Gathered, string Expression)
{
    private const string Estimate = "EXPLAIN ESTIMATE ";
    private const string Begin = "toUnixTimestamp64Micro(h.valid_from)";
    private const string End = "toUnixTimestamp64Micro(h.valid_to)";

    /// <summary>A value for each row; null when it is not known. The query must bind the window, <c>from</c> and <c>to</c>.</summary>
    /// <param name="alias">A name for the constants.</param>
    /// <param name="key">What the row is looked up by.</param>
    /// <param name="value">Of <c>name_history AS h</c>: a text, '' for none.</param>
    /// <param name="column">The table's column of a name.</param>
    public static NameSql Value(string alias, NameKey key, string value, Func<string, string> column)
    {
        // Keys that have one value for all of the window, and their values; those that change: their keys, begins, ends and values.
        var tables = key.Tables("constant").Concat(key.Tables("changing")).ToArray();
        var half = tables.Length / 2;
        var gathered = $$"""
            (SELECT (value, begins, ends, names, {{string.Join(", ", tables)}}) FROM
            (
                SELECT groupArrayIf(key, is_constant) AS constant, groupArrayIf(spans[1].3, is_constant) AS value,
                    groupArrayIf(key, NOT is_constant) AS changing, groupArrayIf(spans.1, NOT is_constant) AS begins,
                    groupArrayIf(spans.2, NOT is_constant) AS ends, groupArrayIf(spans.3, NOT is_constant) AS names
                FROM
                (
                    SELECT key, spans, arraySum(s -> s.2 - s.1, spans) = {to:Int64} - {from:Int64} AND arrayUniq(spans.3) = 1 AS is_constant
                    FROM ({{Spans(key, $"greatest({Begin}, {{from:Int64}})", $"least({End}, {{to:Int64}})", value)}})
                    WHERE notEmpty(spans)
                )
            ))
            """;
        var time = $"toUnixTimestamp64Micro({column("time_stamp")})";
        var changing = key.IndexSql(i => Part(alias, 5 + half + i), column);
        var at = $"arrayCount(f -> f <= {time}, {Part(alias, 2)}[{changing}])";
        var then = $"if({at} > 0 AND {Part(alias, 3)}[{changing}][{at}] > {time}, {Part(alias, 4)}[{changing}][{at}], '')";
        var always = $"{Part(alias, 1)}[{key.IndexSql(i => Part(alias, 5 + i), column)}]";
        return new NameSql(alias, gathered, $"CAST(nullIf(if({changing} = 0, {always}, {then}), ''), 'Nullable(String)')");
    }

    /// <summary>Whether a row's value, at its time, is as a condition says.</summary>
    /// <param name="alias">A name for the constants.</param>
    /// <param name="key">What the row is looked up by.</param>
    /// <param name="condition">Of <c>name_history AS h</c>.</param>
    /// <param name="column">The table's column of a name.</param>
    public static NameSql Holds(string alias, NameKey key, string condition, Func<string, string> column)
    {
        var gathered = $$"""
            (SELECT (begins, ends, {{string.Join(", ", key.Tables("keys"))}}) FROM
            (
                SELECT groupArray(key) AS keys, groupArray(spans.1) AS begins, groupArray(spans.2) AS ends
                FROM ({{Spans(key, Begin, End, $"if(ifNull({condition}, 0), '+', '')")}})
                WHERE notEmpty(spans)
            ))
            """;
        var index = key.IndexSql(i => Part(alias, 3 + i), column);
        var time = $"toUnixTimestamp64Micro({column("time_stamp")})";
        return new NameSql(
            alias, gathered,
            $"({index} != 0 AND arrayCount(f -> f <= {time}, {Part(alias, 1)}[{index}]) > arrayCount(u -> u <= {time}, {Part(alias, 2)}[{index}]))");
    }

    /// <summary>A query whose expressions name constants, with those that it names.</summary>
    public static string With(string sql, IEnumerable<NameSql> names)
    {
        var named = string.Join(
            ", ", names.Where(name => sql.Contains($"{name.Alias}.", StringComparison.Ordinal)).Select(name => $"{name.Gathered} AS {name.Alias}"));
        if (named.Length == 0)
        {
            return sql;
        }

        // What is explained sees nothing of what is around it.
        var at = sql.IndexOf(Estimate, StringComparison.Ordinal) is >= 0 and var estimate ? estimate + Estimate.Length : 0;
        var rest = sql[at..].TrimStart();
        return $"{sql[..at]}WITH {named}{(rest.StartsWith("WITH", StringComparison.Ordinal) ? $", {rest[4..]}" : $" {rest}")}";
    }

    private static string Part(string alias, int i) => string.Create(CultureInfo.InvariantCulture, $"{alias}.{i}");

    /// <summary>The spans of each key that have a value: begin, end, value, in the order of time.</summary>
    private static string Spans(NameKey key, string begin, string end, string value) => $"""
        SELECT key, arraySort(arrayMap(r -> (r.2, r.3, r.4), arrayFilter(r -> r.1 = last AND r.2 < r.3 AND r.4 != '', rows))) AS spans
        FROM
        (
            SELECT h.key AS key, max(h.version) AS last, groupArray((h.version, {begin}, {end}, {value})) AS rows
            FROM name_history AS h
            WHERE h.subject = '{key.Subject}'
            GROUP BY h.key
        )
        """;
}
