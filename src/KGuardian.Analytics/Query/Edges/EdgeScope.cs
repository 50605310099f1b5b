using KGuardian.Analytics.Query.Names;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>
/// What edges are wanted of: flows that can have it at one end, and few besides, so that others need not be read. Which edges do is told by their ends.
/// </summary>
/// <param name="Kind">Namespace, Pod, Service, Node, or a kind of workload.</param>
/// <param name="Namespace">Its namespace; of a namespace its name; empty for nodes.</param>
/// <param name="Name">Its name; empty for namespaces.</param>
internal sealed record EdgeScope(string Kind, string Namespace, string Name)
{
    private const string PodNames = "SELECT splitByChar('/', h.key)[2] FROM name_history AS h WHERE h.subject = 'pod'";

    /// <summary>The condition, of a table's rows <c>t</c>, beside others.</summary>
    /// <param name="peerIn">Whether a row's peer has one of the addresses of a query, <c>address</c>.</param>
    /// <param name="reporters">A query of the <c>address</c>es that pods reported from, of those rows of which a condition is true.</param>
    public string Condition(Func<string, string> peerIn, Func<string, string> reporters)
    {
        var pods = Kind switch
        {
            "Namespace" => "ifNull(t.pod_namespace, '') = {scope_namespace:String}",
            "Pod" => "ifNull(t.pod_namespace, '') = {scope_namespace:String} AND ifNull(t.pod_name, '') = {scope_name:String}",
            "Node" => $"(t.pod_name GLOBAL IN ({PodNames} AND h.node = {{scope_name:String}}) OR {NameKey.PodAddress.ColumnSql("t.")} GLOBAL IN ({Addresses}))",
            "Service" => "0",
            _ => $"ifNull(t.pod_namespace, '') = {{scope_namespace:String}} AND t.pod_name GLOBAL IN ({PodNames} AND {Of})",
        };
        // Of pods whose address the inventory does not know flows tell it.
        return $"({pods} OR {peerIn(Addresses)} OR {peerIn(reporters(pods))})";
    }

    /// <summary>Binds what the condition names.</summary>
    public ClickHouseQuery Bind(ClickHouseQuery query) =>
        query.With("scope_kind", Kind).With("scope_namespace", Namespace).With("scope_name", Name);

    private string Addresses => $"SELECT h.key AS address FROM name_history AS h WHERE h.subject = 'address' AND {Of}";

    private string Of => Kind switch
    {
        "Namespace" => "h.namespace = {scope_namespace:String}",
        "Node" => "h.type = 'NODE' AND (h.node = {scope_name:String} OR h.name = {scope_name:String})",
        "Service" or "Pod" => "h.namespace = {scope_namespace:String} AND h.name = {scope_name:String}",
        // A service may stand for it.
        _ => "h.namespace = {scope_namespace:String} "
            + "AND (h.type = 'SERVICE' OR (h.workload_kind = {scope_kind:String} AND h.workload = {scope_name:String}))",
    };
}
