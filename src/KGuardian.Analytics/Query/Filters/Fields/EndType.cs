using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>
/// The client's, or the server's, address or port: that of the pod or of its peer, by the ends' roles (<see cref="FlowRoles"/>). Where nothing tells who is
/// who there is no value. Both columns stand bare beside the constants, so that indexes serve.
/// </summary>
/// <param name="isClient">Whether it is about the client.</param>
/// <param name="pod">The pod's column, and what it holds.</param>
/// <param name="peer">The peer's.</param>
internal sealed class EndType(bool isClient, (FlowColumn Column, FieldType Type) pod, (FlowColumn Column, FieldType Type) peer) : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => pod.Type.Operators;

    // Who is who takes a page of SQL, twice.
    public override int Cost(IReadOnlyList<string> values) => 6 + pod.Type.Cost(values) + peer.Type.Cost(values);

    public override string Expected(FilterOperator op) => pod.Type.Expected(op);

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => pod.Type.Canonical(op, value, now);

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var isPodClient = FlowRoles.PodClientSql(sql.Column);
        return $"((ifNull({isPodClient} = {(isClient ? 1 : 0)}, 0) AND {Of(pod)}) OR (ifNull({isPodClient} = {(isClient ? 0 : 1)}, 0) AND {Of(peer)}))";

        string Of((FlowColumn Column, FieldType Type) end) => $"({end.Type.Sql(sql, sql.Column(end.Column.Name), op, values)})";
    }
}
