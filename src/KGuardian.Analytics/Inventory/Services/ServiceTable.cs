using KGuardian.Analytics.Inventory.States;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Inventory.Services;

/// <summary>The table <c>service_states</c>.</summary>
internal sealed class ServiceTable(ClickHouseCluster cluster) : StateTable<ServiceState>(
    cluster, "service_states", "svc_ip", "svc_ip, sequence, recorded_at, time_stamp, svc_name, svc_namespace, service_spec")
{
    protected override string HoldsOn => "1";

    protected override void Write(BinaryWriter to, ServiceState row)
    {
        to.Write(row.Ip);
        to.Write(row.Sequence);
        to.Write(row.RecordedMicros);
        to.Write(row.TimeMicros);
        to.WriteNullable(row.Name);
        to.WriteNullable(row.Namespace);
        to.WriteText(row.Manifest);
    }

    protected override ServiceState Read(IReadOnlyList<NativeColumn> columns, int row) => new()
    {
        Ip = columns[0].Text(row)!,
        Sequence = columns[1].Int64(row),
        RecordedMicros = columns[2].Int64(row),
        TimeMicros = columns[3].Int64(row),
        Name = columns[4].Text(row),
        Namespace = columns[5].Text(row),
        Manifest = columns[6].Bytes(row),
    };
}
