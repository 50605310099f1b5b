using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// The engine's users. <c>default</c>, without a password, is who the node's own statements run as and cannot be done without: it may open the
/// ports and read an endless table of numbers, and a quota ends even that after the node's own three statements.
/// </summary>
internal static class NodeUsers
{
    /// <summary>May do everything; only the server knows its password, which is new at every start.</summary>
    public const string Admin = "kguardian";

    /// <summary>For SQL by hand: reads one database, within limits.</summary>
    public const string ReadOnly = "kguardian_readonly";

    /// <summary>For dashboards: reads the views meant for it, within limits of its own.</summary>
    public const string Grafana = "kguardian_grafana";

    // Ten years: anyone who reaches the port could otherwise close it again with SYSTEM STOP LISTEN.
    private const int NodeQuotaSeconds = 315_360_000;

    /// <summary>The longest time limit of a query.</summary>
    private const int HttpSendSeconds = 24 * 60 * 60;

    public static XElement Create(LocalNodeOptions options, long memory, string adminPassword, string readOnlyPassword, string grafanaPassword)
    {
        var quarter = memory / 4;
        var grafanaMemory = options.GrafanaMaxMemoryBytes ?? quarter;
        return new XElement("clickhouse",
            new XElement("profiles",
                // Of all connections; with 30 s the node leaves readers that stall for longer. What a query may take ends them, too.
                new XElement("default", Common(), new XElement("http_send_timeout", HttpSendSeconds)),
                new XElement("admin", Common(),
                    new XElement("async_insert", 0),
                    new XElement("log_queries_min_type", "QUERY_FINISH")),
                new XElement("reader", Common(), Limits(
                    ("max_execution_time", (long)options.ReadOnlyMaxExecutionTime.TotalSeconds),
                    ("max_memory_usage", quarter),
                    ("max_rows_to_read", options.ReadOnlyMaxRowsToRead))),
                new XElement("grafana", Common(), Limits(
                    ("max_execution_time", (long)options.GrafanaMaxExecutionTime.TotalSeconds),
                    ("max_memory_usage", grafanaMemory),
                    ("max_memory_usage_for_user", grafanaMemory * 2),
                    ("max_rows_to_read", options.GrafanaMaxRowsToRead),
                    ("max_result_rows", options.GrafanaMaxResultRows)),
                    // Else a pod's rows look like all rows to who chooses between index and projection.
                    new XElement("use_skip_indexes_on_data_read", 0))),
            new XElement("quotas",
                new XElement("default"),
                new XElement("node", new XElement("interval", new XElement("duration", NodeQuotaSeconds), new XElement("queries", 3)))),
            new XElement("users",
                User("default", new XElement("password"), "default", "node", "GRANT SYSTEM LISTEN ON *.*", "GRANT SELECT ON system.numbers"),
                User(Admin, Hash(adminPassword), "admin", "default", "GRANT ALL ON *.* WITH GRANT OPTION"),
                User(ReadOnly, Hash(readOnlyPassword), "reader", "default", $"GRANT SELECT, SHOW ON `{options.ReadOnlyDatabase}`.*"),
                User(Grafana, Hash(grafanaPassword), "grafana", "default",
                    [.. options.GrafanaViews.Select(view => $"GRANT SELECT ON `{options.ReadOnlyDatabase}`.`{view}`")])));
    }

    // A query may ask for less, and not for more.
    private static XElement[] Limits(params (string Setting, long Most)[] limits) =>
    [
        // 2: clients such as Grafana send settings along, 1 would refuse those; the limits stay limits.
        new("readonly", 2),
        new("log_queries_min_type", "QUERY_FINISH"),
        .. limits.Select(limit => new XElement(limit.Setting, limit.Most)),
        new("constraints", limits.Select(limit => new XElement(limit.Setting, new XElement("min", 1), new XElement("max", limit.Most)))),
    ];

    // The query profilers interrupt threads by signals, which the .NET runtime in the same process has uses of its own for. implicit_select is
    // on in clickhouse-local only: "1 + 1" is no statement for a ClickHouse server.
    private static XElement[] Common() =>
    [
        // The engine itself counts neither an affinity nor a quota that is not the innermost group's; .NET counts both.
        new("max_threads", Environment.ProcessorCount),
        new("query_profiler_real_time_period_ns", 0),
        new("query_profiler_cpu_time_period_ns", 0),
        new("allow_introspection_functions", 0),
        new("implicit_select", 0),
    ];

    private static XElement Hash(string password) =>
        new("password_sha256_hex", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(password))));

    private static XElement User(string name, XElement password, string profile, string quota, params string[] grants) =>
        new(name,
            password,
            new XElement("networks", new XElement("ip", "127.0.0.1")),
            new XElement("profile", profile),
            new XElement("quota", quota),
            new XElement("grants", grants.Select(grant => new XElement("query", grant))));
}
