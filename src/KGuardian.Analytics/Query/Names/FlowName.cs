using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Query.Names;

/// <summary>
/// Something that the inventory knows of one of a flow's ends, as of the flow's time. The list from which rows, filters and counts take theirs.
/// </summary>
internal sealed class FlowName
{
    private const string OfPod = "h.type = 'POD'";

    /// <summary>Every one.</summary>
    public static readonly IReadOnlyList<FlowName> All =
    [
        new("workload", NameKey.Pod, "h.workload", "The workload of the pod that reported, as of the flow's time: of a ReplicaSet's pods the Deployment."),
        new("workload_kind", NameKey.Pod, "h.workload_kind", "Its kind: Deployment, StatefulSet, DaemonSet, CronJob, Job, Pod, StaticPod, ..."),
        new("node", NameKey.Pod, "h.node", "The node that the pod was on."),
        new("service", NameKey.PodAddress, "if(h.type = 'SERVICE', h.name, '')", "The service whose address the reporting side has."),
        new("labels", NameKey.Pod, "if(empty(h.labels), '', toJSONString(h.labels))", "The pod's labels, as JSON.") { IsCounted = false },
        new("peer_type", NameKey.Peer, "h.type", "What the other side was: POD, SERVICE, NODE; null where it is not known."),
        new("peer_namespace", NameKey.Peer, "h.namespace", "The other side's namespace."),
        new("peer_pod", NameKey.Peer, $"if({OfPod}, h.name, '')", "The pod that had the other side's address."),
        new("peer_workload", NameKey.Peer, "h.workload", "That pod's workload."),
        new("peer_workload_kind", NameKey.Peer, "h.workload_kind", "Its kind."),
        new("peer_node", NameKey.Peer, "h.node", "The node that the other side was on, or was."),
        new("peer_service", NameKey.Peer, "if(h.type = 'SERVICE', h.name, '')", "The service that had the other side's address."),
        new("peer_labels", NameKey.Peer, "if(empty(h.labels), '', toJSONString(h.labels))", "The labels of the pod that had the other side's address, as JSON.")
        {
            IsCounted = false,
        },
    ];

    /// <summary>The other side's type, namespace and name, with slashes between: what reports show it by.</summary>
    public static readonly NameSql PeerEnd = NameSql.Value(
        "names_peer_end", NameKey.Peer, "if(h.type = '', '', concat(h.type, '/', h.namespace, '/', h.name))", column => $"t.{column}");

    /// <summary>Prefixes of fields that are about one label: what is behind it is the label's key.</summary>
    public static readonly IReadOnlyList<(string Prefix, NameKey Key)> Labels = [("label.", NameKey.Pod), ("peer_label.", NameKey.Peer)];

    /// <summary>A query, of rows, counts or both, that defines the names that its expressions use.</summary>
    public static string With(string sql, IEnumerable<NameSql> ofFilter) => NameSql.With(sql, [PeerEnd, .. All.Select(name => name.Sql), .. ofFilter]);

    private FlowName(string name, NameKey key, string value, string text)
    {
        (Key, ValueSql) = (key, value);
        Sql = NameSql.Value($"names_{name}", key, value, column => $"t.{column}");
        Column = new FlowColumn(name, ColumnType.Text) { Text = text, Expression = Sql.Expression };
    }

    /// <summary>Its name in rows, filters and counts.</summary>
    public string Name => Column.Name;

    /// <summary>It as a column of rows.</summary>
    public FlowColumn Column { get; }

    /// <summary>How a query finds it.</summary>
    public NameSql Sql { get; }

    /// <summary>What it is looked up by.</summary>
    public NameKey Key { get; }

    /// <summary>Its value, of <c>name_history AS h</c>; '' for none.</summary>
    public string ValueSql { get; }

    /// <summary>Whether flows can be counted by it.</summary>
    public bool IsCounted { get; private init; } = true;
}
