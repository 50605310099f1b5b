using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>
/// A service that a flow goes through, of which there can be several: one whose address the other side had, and those that select the pod that reported, by its
/// labels as of the flow's time and their selectors as they are now.
/// </summary>
internal sealed class ServiceType : FieldType
{
    private static readonly TextType Text = new();

    public override IReadOnlyList<FilterOperator> Operators => Text.Operators;

    // Two names, and of one of them every service for every pod.
    public override int Cost(IReadOnlyList<string> values) => 100;

    public override string Expected(FilterOperator op) => Text.Expected(op);

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => Text.Canonical(op, value, now);

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var ofPeer = Text.Sql(sql, "if(h.type = 'SERVICE', nullIf(h.name, ''), NULL)", op, values);
        var ofPod = $"arrayExists(c -> {Text.Sql(sql, "c", op, values)}, {SelectingSql})";
        return $"({sql.Gather(alias => NameSql.Holds(alias, NameKey.Peer, ofPeer, sql.Column))} "
            + $"OR {sql.Gather(alias => NameSql.Holds(alias, NameKey.Pod, ofPod, sql.Column))})";
    }

    private const string AllServices = """
        SELECT ifNull(s.svc_namespace, '') AS namespace, ifNull(s.svc_name, '') AS name,
            JSONExtract(argMax(s.service_spec, s.sequence), 'spec', 'selector', 'Map(String, String)') AS selector
        FROM service_states AS s WHERE ifNull(s.svc_name, '') != '' GROUP BY namespace, name
        """;

    /// <summary>Namespace, name and selector of the services, as they are now.</summary>
    /// <param name="condition">What is true of a row of <c>service_states AS s</c>.</param>
    internal static string ServicesSql(string condition) => AllServices.Replace("WHERE", $"WHERE {condition} AND", StringComparison.Ordinal);

    /// <summary>Names of the services that select the pod of <c>name_history AS h</c>.</summary>
    internal const string SelectingSql = $"""
        arrayMap(c -> c.2, arrayFilter(
            c -> h.type = 'POD' AND c.1 = h.namespace AND notEmpty(c.3) AND arrayAll(k -> mapContains(h.labels, k) AND h.labels[k] = c.3[k], mapKeys(c.3)),
            (SELECT groupArray((v.namespace, v.name, v.selector)) FROM ({AllServices}) AS v)))
        """;
}
