using KGuardian.Analytics.Inventory.States;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>The table <c>pod_states</c>.</summary>
internal sealed class PodTable(ClickHouseCluster cluster) : StateTable<PodState>(
    cluster, "pod_states", "pod_namespace, pod_name",
    "pod_namespace, pod_name, sequence, recorded_at, time_stamp, pod_ip, "
    + "node_name, is_dead, pod_identity, host_network, pod_obj, workload_selector_labels, valid_from")
{
    protected override string HoldsOn => "NOT argMax(is_dead, sequence)";

    protected override void Write(BinaryWriter to, PodState row)
    {
        to.Write(row.Namespace);
        to.Write(row.Name);
        to.Write(row.Sequence);
        to.Write(row.RecordedMicros);
        to.Write(row.TimeMicros);
        to.Write(row.Ip);
        to.Write(row.Node);
        to.Write(row.IsDead);
        to.WriteNullable(row.Identity);
        to.Write((sbyte)(row.HostNetwork switch { true => 1, false => 0, null => -1 }));
        to.WriteText(row.Manifest);
        to.WriteText(row.SelectorLabels);
        to.Write(row.SinceMicros);
    }

    protected override PodState Read(IReadOnlyList<NativeColumn> columns, int row) => new()
    {
        Namespace = columns[0].Text(row)!,
        Name = columns[1].Text(row)!,
        Sequence = columns[2].Int64(row),
        RecordedMicros = columns[3].Int64(row),
        TimeMicros = columns[4].Int64(row),
        Ip = columns[5].Text(row)!,
        Node = columns[6].Text(row)!,
        IsDead = columns[7].Int8(row) != 0,
        Identity = columns[8].Text(row),
        HostNetwork = columns[9].Int8(row) switch { < 0 => null, var said => said != 0 },
        Manifest = columns[10].Bytes(row),
        SelectorLabels = columns[11].Bytes(row),
        SinceMicros = columns[12].Int64(row),
    };
}
