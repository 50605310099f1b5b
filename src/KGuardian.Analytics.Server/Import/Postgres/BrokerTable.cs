namespace KGuardian.Analytics.Server.Import.Postgres;

/// <summary>A table of kguardian's PostgreSQL broker: its columns are called as the members that its clients send.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Target">What its rows are here.</param>
/// <param name="Key">The columns that order it; they tell its rows apart.</param>
/// <param name="Columns">All that is read. What an older broker lacks is left out.</param>
internal sealed record BrokerTable(string Name, ImportTable Target, IReadOnlyList<string> Key, IReadOnlyList<BrokerColumn> Columns)
{
    /// <summary>Every table that is imported. Pods and services before flows, so that these have names at once.</summary>
    public static readonly IReadOnlyList<BrokerTable> All =
    [
        new("pod_details", ImportTable.Pods, ["pod_name"],
        [
            new("pod_name"), new("pod_ip", WithoutNull: true), new("pod_namespace"), new("pod_obj", ColumnKind.Json), new("time_stamp"), new("node_name"),
            new("is_dead", ColumnKind.Literal), new("pod_identity"), new("workload_selector_labels", ColumnKind.Json),
            new("host_network", ColumnKind.Literal, MayLack: true),
        ]),
        new("svc_details", ImportTable.Services, ["svc_ip"],
            [new("svc_ip"), new("svc_name"), new("svc_namespace"), new("service_spec", ColumnKind.Json), new("time_stamp")]),
        new("pod_syscalls", ImportTable.Syscalls, ["pod_name"],
        [
            new("pod_name"), new("pod_namespace", WithoutNull: true), new("syscalls", ColumnKind.Names), new("arch", WithoutNull: true), new("time_stamp"),
        ]),
        // By time: of rows that are the same flow the earliest is sent first, and its time stays.
        new("pod_traffic", ImportTable.Flows, ["time_stamp", "uuid"],
        [
            new("uuid"), new("pod_name"), new("pod_namespace"), new("pod_ip"), new("pod_port"), new("ip_protocol"), new("traffic_type"),
            new("traffic_in_out_ip"), new("traffic_in_out_port"), new("decision"), new("time_stamp"),
        ]),
        new("audit_verdicts", ImportTable.Verdicts, ["id"],
        [
            new("policy_uid"), new("policy_namespace"), new("policy_name"), new("direction"), new("src_namespace"), new("src_pod"), new("dst_namespace"),
            new("dst_pod"), new("dst_port", ColumnKind.Literal), new("protocol"), new("reason"), new("observed_at"), new("verdict", Absent: "WouldDeny"),
        ]),
    ];
}

/// <summary>A column, and how its text becomes JSON.</summary>
/// <param name="Name">Its name, and the member's.</param>
/// <param name="Kind">What its text is.</param>
/// <param name="WithoutNull">Whether null is written as nothing: "".</param>
/// <param name="MayLack">Whether most brokers lack it, so that it is not worth a word.</param>
/// <param name="Absent">Its value in a broker that lacks it: the first that had verdicts had one kind only.</param>
internal sealed record BrokerColumn(string Name, ColumnKind Kind = ColumnKind.Text, bool WithoutNull = false, bool MayLack = false, string? Absent = null);

/// <summary>What a column's text is.</summary>
internal enum ColumnKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>A number, true or false.</summary>
    Literal,

    /// <summary>Names with commas between them.</summary>
    Names,
}
