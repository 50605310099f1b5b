using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Store;

namespace KGuardian.Analytics.Tests.Integration.Grafana;

/// <summary>The views show what the tables hold, as the API does, and leave projection and indexes usable.</summary>
public sealed class DashboardViewTests(DashboardStore store) : IClassFixture<DashboardStore>
{
    private const string Hour = "time_stamp >= fromUnixTimestamp64Milli(toUnixTimestamp64Milli(now64(3)) - 3600000) AND time_stamp <= now64(3)";

    [Fact]
    public async Task Migration_makes_the_views_that_are_granted()
    {
        var made = await store.AdminAsync("SELECT name FROM system.tables WHERE database = 'kguardian' AND engine = 'View' ORDER BY name");

        Assert.Equal(DashboardViews.Names.Order(StringComparer.Ordinal), made.Split('\n'));
    }

    [Fact]
    public async Task Script_for_own_servers_is_SQL_and_grants_the_same_views()
    {
        var script = DeployFiles.Text("clickhouse/grafana-user.sql");
        var statements = string.Join('\n', script.Split('\n').Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal)))
            .Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

        foreach (var statement in statements)
        {
            Assert.NotEmpty(await store.AdminAsync($"EXPLAIN AST {statement}"));
        }

        Assert.Equal(
            DashboardViews.Names.Select(view => $"GRANT SELECT ON kguardian.{view} TO kguardian_grafana"),
            statements.Where(statement => statement.StartsWith("GRANT", StringComparison.Ordinal)));
        // What its comments advise.
        Assert.NotEmpty(await store.AdminAsync("EXPLAIN AST ALTER TABLE kguardian.flows MODIFY DEFINER = new_user"));
        Assert.NotEmpty(await store.AdminAsync(
            "EXPLAIN AST ALTER SETTINGS PROFILE kguardian_grafana ADD SETTINGS final = 1, defer_partition_pruning_after_final = 0"));
    }

    [Fact]
    public async Task Flows_are_decoded_as_reads_decode_them()
    {
        var differing = await store.AdminAsync($"""
            SELECT count() FROM flows AS f FULL OUTER JOIN
            (
                SELECT t.time_stamp AS time_stamp, UUIDNumToString(t.uuid) AS uuid, {TrafficColumns.PortNumber("t.pod_port")} AS number, {TrafficColumns.PortText("t.pod_port")} AS text,
                    {TrafficColumns.PortNumber("t.traffic_in_out_port")} AS peer_number, {TrafficColumns.PortText("t.traffic_in_out_port")} AS peer_text
                FROM traffic AS t
            ) AS t ON t.uuid = f.uuid
            WHERE (f.time_stamp, f.pod_port, f.pod_port_text, f.traffic_in_out_port, f.traffic_in_out_port_text) IS DISTINCT FROM
                (t.time_stamp, t.number, t.text, t.peer_number, t.peer_text)
            """);

        Assert.Equal("0", differing);
    }

    [Fact]
    public async Task Flow_id_is_the_one_that_ingest_writes()
    {
        var secret = await store.AdminAsync("SELECT value FROM store WHERE name = 'dedup_secret'");
        var (k0, k1) = (Convert.ToUInt64(secret[..16], 16), Convert.ToUInt64(secret[16..], 16));
        var expression = FlowKeyHasher.SqlExpression
            .Replace("{k0:UInt64}", $"{k0}", StringComparison.Ordinal)
            .Replace("{k1:UInt64}", $"{k1}", StringComparison.Ordinal);

        Assert.Equal(
            await store.AdminAsync($"SELECT sum(reinterpretAsUInt64(substring({expression}, 1, 8))) FROM traffic"),
            await store.AdminAsync("SELECT sum(flow_id) FROM flows"));
        Assert.NotEqual("0", await store.AdminAsync("SELECT count() FROM flow_activity WHERE flow_id IN (SELECT flow_id FROM flows)"));
    }

    [Fact]
    public async Task Flows_of_a_time_are_read_from_the_projection()
    {
        var plan = await ExplainAsync($"SELECT count(), uniq(pod_name) FROM flows WHERE {Hour}");

        Assert.Contains("newest_first", plan, StringComparison.Ordinal);
        Assert.InRange(await RowsReadAsync($"SELECT count(), uniq(pod_name) FROM flows WHERE {Hour}"), 1, DashboardStore.Flows / 5);
    }

    [Fact]
    public async Task Newest_flows_are_read_in_the_order_of_the_projection()
    {
        const string Newest = "SELECT time_stamp, uuid, pod_name, pod_port, decision FROM flows ORDER BY time_stamp DESC LIMIT 100";
        var plan = await ExplainAsync(Newest);

        Assert.Contains("newest_first", plan, StringComparison.Ordinal);
        Assert.Contains("InReverseOrder", plan, StringComparison.Ordinal);
        Assert.InRange(await RowsReadAsync(Newest), 100, DashboardStore.Flows / 4);
    }

    [Theory]
    [InlineData("pod_name = 'pod-50'", "pod_name_index")]
    [InlineData("pod_name IN ('pod-50', 'pod-51')", "pod_name_index")]
    [InlineData("pod_namespace IN ('ns-3')", "pod_namespace_index")]
    [InlineData("toString(toIPv6OrNull(substringIndex(traffic_in_out_ip, '%', 1))) = '::ffff:172.20.9.9'", "peer_address_index")]
    [InlineData("pod_ip = '10.3.0.50'", "PrimaryKey")]
    [InlineData("pod_ip IN (SELECT concat('10.3.0.', toString(50 + number)) FROM numbers(2))", "PrimaryKey")]
    public async Task Flows_of_a_filter_are_read_by_its_index(string filter, string index)
    {
        var plan = await ExplainAsync($"SELECT count(), max(time_stamp) FROM flows WHERE {filter}");

        Assert.Contains(index, plan, StringComparison.Ordinal);
        Assert.InRange(await RowsReadAsync($"SELECT count(), max(time_stamp) FROM flows WHERE {filter}"), 1, DashboardStore.Flows / 4);
    }

    [Fact]
    public async Task Rejected_events_with_bytes_that_are_no_text_are_readable()
    {
        await store.AdminAsync("INSERT INTO rejected_events VALUES (now64(6), 'invalid_utf8', 'pod_name', unhex('FF00C3'))");

        var answer = await store.Grafana.AskAsync("SELECT raw FROM rejected WHERE reason = 'invalid_utf8'");

        Assert.Contains("\ufffd", Assert.Single(answer.Texts), StringComparison.Ordinal);
    }

    private async Task<string> ExplainAsync(string sql) =>
        string.Join('\n', (await store.Grafana.AskAsync($"EXPLAIN indexes = 1, projections = 1, actions = 1 {sql}")) is { Refusal: null } plan
            ? plan.Texts
            : throw new InvalidOperationException($"no plan of {sql}"));

    private async Task<long> RowsReadAsync(string sql)
    {
        var answer = await store.Grafana.AskAsync(sql);
        Assert.Null(answer.Refusal);
        Assert.NotEmpty(answer.Rows);
        return answer.RowsRead;
    }
}
