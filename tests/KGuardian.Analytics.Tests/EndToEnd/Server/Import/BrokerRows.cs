using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Import;

/// <summary>What is in a PostgreSQL broker: its tables, and rows.</summary>
internal static class BrokerRows
{
    public const string Traffic =
        """
        CREATE TABLE pod_traffic (
            uuid varchar PRIMARY KEY, pod_name varchar, pod_namespace varchar, pod_ip varchar, pod_port varchar, ip_protocol varchar, traffic_type varchar,
            traffic_in_out_ip varchar, traffic_in_out_port varchar, decision varchar, time_stamp timestamp NOT NULL)
        """;

    public const string Pods =
        """
        CREATE TABLE pod_details (
            pod_name varchar PRIMARY KEY, pod_ip varchar, pod_namespace varchar, pod_obj json, time_stamp timestamp NOT NULL, node_name varchar NOT NULL,
            is_dead boolean NOT NULL, pod_identity varchar, workload_selector_labels json)
        """;

    public const string Services =
        "CREATE TABLE svc_details (svc_ip varchar PRIMARY KEY, svc_name varchar, svc_namespace varchar, service_spec json, time_stamp timestamp NOT NULL)";

    public const string Syscalls =
        "CREATE TABLE pod_syscalls (pod_name varchar PRIMARY KEY, pod_namespace varchar, syscalls varchar, arch varchar, time_stamp timestamp NOT NULL)";

    public const string Verdicts =
        """
        CREATE TABLE audit_verdicts (
            id bigserial PRIMARY KEY, policy_uid varchar NOT NULL, policy_namespace varchar NOT NULL, policy_name varchar NOT NULL, direction varchar NOT NULL,
            src_namespace varchar, src_pod varchar, dst_namespace varchar, dst_pod varchar, dst_port integer NOT NULL, protocol varchar NOT NULL,
            reason varchar, observed_at timestamp NOT NULL, verdict varchar NOT NULL)
        """;

    /// <summary>Adds flows; the same again under other uuids where they are there already.</summary>
    public static async Task AddAsync(this PostgresCluster postgres, string database, IEnumerable<FlowEvent> flows)
    {
        var rows = flows.ToArray();
        await postgres.RunAsync(
            database,
            "INSERT INTO pod_traffic SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
                + "$9::text[], $10::text[], $11::text[]::timestamp[])",
            Column(row => row.Uuid), Column(row => row.PodName), Column(row => row.PodNamespace), Column(row => row.PodIp), Column(row => row.PodPort),
            Column(row => row.IpProtocol), Column(row => row.TrafficType), Column(row => row.TrafficInOutIp), Column(row => row.TrafficInOutPort),
            Column(row => row.Decision), Column(row => row.TimeStamp));

        string?[] Column(Func<FlowEvent, string?> of) => [.. rows.Select(of)];
    }
}
