namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>More flows than small limits allow, of different pods and peers, put into ClickHouse past the server.</summary>
internal static class ManyFlows
{
    /// <summary>300,000 flows, one a second since 2026-05-12 10:00: 20 MB as keys of groups, 100 MB as JSON.</summary>
    public const string Insert = """
        INSERT INTO kguardian.traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port,
            decision, time_stamp, arrival_day, version)
        SELECT UUIDStringToNum(toString(generateUUIDv4())), concat('limits-', toString(number)), 'limits', '10.0.0.1', 80, 'TCP', 'INGRESS',
            concat('fd00::', hex(number)), number % 65536, 'ALLOW', toDateTime64('2026-05-12 10:00:00', 6, 'UTC') + INTERVAL number SECOND, today(), 1
        FROM numbers(300000)
        """;

    /// <summary>The window with all of them.</summary>
    public const string Window = "from=2026-05-12&to=2026-06-01";
}
