using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Migrations;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Grafana;

/// <summary>
/// A node of its own, as the server starts it, with a day of flows of twenty namespaces, repeats and rejected events: enough for a full scan to
/// be the wrong way.
/// </summary>
public class DashboardStore : IAsyncLifetime
{
    public const int Flows = 300_000;
    public const int Namespaces = 20;
    public const int PodsOfNamespace = 15;
    public const int ActivityRows = 200_000;

    /// <summary>A namespace that Kubernetes would not allow, and an agent may report.</summary>
    public const string OddNamespace = "o'brien";

    private const string Database = "kguardian";

    private readonly TestDirectory _directory = new();

    public DashboardStore() => Node = new LocalNode(Options, NullLogger<LocalNode>.Instance);

    internal LocalNode Node { get; }

    /// <summary>How the server starts its node.</summary>
    private protected virtual LocalNodeOptions Options => new() { DataDirectory = _directory.Path, MemoryShare = 0.2, GrafanaViews = DashboardViews.Names };

    internal GrafanaClient Grafana { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Node.StartAsync(CancellationToken.None);
        Grafana = new GrafanaClient(Node.GrafanaEndpoint, Database);
        using var client = new ClickHouseClient([Node.Endpoint], new ClickHouseClientOptions { Database = Database }, NullLogger<ClickHouseClient>.Instance);
        await new Migrator(client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        await using var retention = new RetentionPolicy(
            ClickHouseCluster.Of(client), new RetentionWindow(), new RetentionOptions(), () => { }, isShared: false,
            new TrustedClock(TimeProvider.System, ClockWitness.OfKernel()), NullLogger<RetentionPolicy>.Instance);
        await retention.LoadAsync(CancellationToken.None);
        foreach (var statement in Data())
        {
            await AdminAsync(statement);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Grafana?.Dispose();
        await Node.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>A statement as who may do everything.</summary>
    public Task<string> AdminAsync(string sql) => Sql.RunAsync(Node.Endpoint with { Url = new Uri(Node.Endpoint.Url, $"/?database={Database}") }, sql);

    // Peers are addresses of other pods and of nobody; a tenth of the flows was dropped.
    private static IEnumerable<string> Data() =>
    [
        "INSERT INTO store (name, value) VALUES ('dedup_secret', '000102030405060708090a0b0c0d0e0f')",
        $"""
        INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, ip_protocol, traffic_type, traffic_in_out_ip, decision, pod_port,
            traffic_in_out_port, time_stamp, arrival_day, version, sequence)
        WITH now64(6, 'UTC') - toIntervalMillisecond(cityHash64(number) % 86400000) AS seen,
            intDiv(number * {Namespaces * PodsOfNamespace}, {Flows}) AS pod, intDiv(pod, {PodsOfNamespace}) AS ns
        SELECT reinterpretAsFixedString(generateUUIDv4(number)), concat('pod-', toString(pod)),
            if(ns = 7, '{OddNamespace.Replace("'", "''", StringComparison.Ordinal)}', concat('ns-', toString(ns))),
            concat('10.', toString(ns), '.0.', toString(pod)), ['TCP', 'UDP'][1 + number % 2], ['INGRESS', 'EGRESS'][1 + intDiv(number, 2) % 2],
            if(number % 3 = 0,
                concat('10.', toString(number % {Namespaces}), '.0.', toString(number % {Namespaces * PodsOfNamespace})),
                concat('172.20.', toString(number % 250), '.', toString(intDiv(number, 250) % 250))),
            if(number % 10 = 0, 'DROP', 'ALLOW'),
            -- some without a port, some with leading zeros
            if(number % 97 = 0, -1, toInt32(number % 65536)), if(number % 89 = 0, 65536 * 2 + 80, 443),
            seen, toDate(seen), 4294967295 - toUnixTimestamp(seen), number
        FROM numbers({Flows})
        SETTINGS max_insert_threads = 1, min_insert_block_size_rows = {Flows}, max_block_size = {Flows}
        """,
        "OPTIMIZE TABLE traffic FINAL",
        // Ten days of repeats of the first flows, a row an hour, and of two hours that have not begun: the last hour shows some however long tests take.
        $"""
        INSERT INTO traffic_activity
        SELECT flow_id, hour, 1 + rowNumberInAllBlocks() % 5, hour + 1800, toDate(hour)
        FROM (SELECT flow_id FROM flows WHERE pod_name IN ('pod-0', 'pod-50', 'pod-110') ORDER BY flow_id LIMIT {ActivityRows / 240}) AS f
        CROSS JOIN (SELECT toDateTime64(toStartOfHour(now('UTC') + 7200 - number * 3600), 0, 'UTC') AS hour FROM numbers(240)) AS h
        """,
        "OPTIMIZE TABLE traffic_activity FINAL",
        """
        INSERT INTO rejected_events
        SELECT now64(6, 'UTC') - toIntervalSecond(number * 60), ['bad_port', 'missing_uuid'][1 + number % 2], 'pod_port', '{"pod_port": "x"}' FROM numbers(1440)
        """,
        "INSERT INTO admin_events (id, time, activity) VALUES (1, now64(6), 'Start')",
    ];
}
