using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Grafana;

/// <summary>What the dashboards' user of the local node may do, and what not.</summary>
public sealed class DashboardUserTests(StrictDashboardStore store) : IClassFixture<StrictDashboardStore>
{
    public static TheoryData<string> Views => [.. DashboardViews.Names];

    [Theory]
    [MemberData(nameof(Views))]
    public async Task Views_are_readable(string view) => Assert.Null((await store.Grafana.AskAsync($"SELECT * FROM {view} WHERE 0")).Refusal);

    [Theory]
    [InlineData("SELECT count() FROM traffic")]
    [InlineData("SELECT count() FROM traffic_activity")]
    [InlineData("SELECT count() FROM rejected_events")]
    [InlineData("SELECT value FROM store")]
    [InlineData("SELECT count() FROM admin_events")]
    [InlineData("SELECT count() FROM schema_migrations")]
    [InlineData("SELECT count() FROM merge('kguardian', 'traffic')")]
    [InlineData("SELECT count() FROM remote('127.0.0.1', 'kguardian', 'traffic')")]
    [InlineData("SELECT count() FROM system.parts")]
    [InlineData("SELECT count() FROM system.query_log")]
    [InlineData("SELECT count() FROM system.processes")]
    [InlineData("SELECT count() FROM system.disks")]
    [InlineData("SELECT count() FROM system.users")]
    [InlineData("SELECT * FROM file('/etc/passwd', 'LineAsString')")]
    [InlineData("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')")]
    [InlineData("SHOW CREATE TABLE traffic")]
    [InlineData("INSERT INTO traffic (arrival_day) VALUES ('2026-01-01')")]
    [InlineData("INSERT INTO store (name, value) VALUES ('retention_days_in_effect', '0')")]
    [InlineData("ALTER TABLE traffic DELETE WHERE 1")]
    [InlineData("ALTER TABLE flows MODIFY QUERY SELECT 1")]
    [InlineData("DROP VIEW flows")]
    [InlineData("CREATE VIEW mine AS SELECT 1")]
    [InlineData("CREATE TEMPORARY TABLE mine (a UInt8)")]
    [InlineData("SYSTEM FLUSH LOGS")]
    [InlineData("KILL QUERY WHERE 1")]
    [InlineData("SET readonly = 0")]
    public async Task Everything_else_is_refused(string sql) => Assert.NotNull((await store.Grafana.AskAsync(sql)).Refusal);

    [Theory]
    [InlineData("SELECT sleepEachRow(1) FROM numbers(60) SETTINGS max_execution_time = 1, max_block_size = 1", "TIMEOUT_EXCEEDED")]
    [InlineData("SELECT count() FROM flows WHERE pod_port_text != 'x'", "TOO_MANY_ROWS")]
    [InlineData("SELECT uuid FROM flows LIMIT 1001", "TOO_MANY_ROWS")]
    [InlineData(
        "SELECT length(groupArray(repeat(uuid, 1000))) FROM (SELECT uuid FROM flows WHERE pod_name IN ('pod-1', 'pod-2', 'pod-3'))",
        "MEMORY_LIMIT_EXCEEDED")]
    public async Task Query_that_takes_more_than_its_limits_is_ended(string sql, string error) =>
        Assert.Contains(error, (await store.Grafana.AskAsync(sql)).Refusal, StringComparison.Ordinal);

    [Theory]
    [InlineData("max_execution_time", "57")]
    [InlineData("max_execution_time", "0")]
    [InlineData("max_rows_to_read", "100001")]
    [InlineData("max_rows_to_read", "0")]
    [InlineData("max_result_rows", "1001")]
    [InlineData("max_result_rows", "0")]
    [InlineData("max_memory_usage", "50331649")]
    [InlineData("max_memory_usage", "0")]
    [InlineData("max_memory_usage_for_user", "0")]
    [InlineData("readonly", "0")]
    [InlineData("readonly", "1")]
    public async Task Limit_cannot_be_raised(string setting, string value)
    {
        Assert.NotNull((await store.Grafana.AskAsync($"SELECT 1 SETTINGS {setting} = {value}")).Refusal);
        Assert.NotNull((await store.Grafana.AskAsync("SELECT 1", (setting, value))).Refusal);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("admin")]
    [InlineData("reader")]
    public async Task Limits_stay_whatever_profile_is_asked_for(string profile) =>
        Assert.NotNull((await store.Grafana.AskAsync("SELECT count() FROM flows WHERE pod_port_text != 'x'", ("profile", profile))).Refusal);

    // What the plugin and its editor ask: health check, schema browser, SQL completion.
    [Theory]
    [InlineData("SELECT 1")]
    [InlineData("SELECT version()")]
    [InlineData("SELECT displayName(), version(), revision(), timezone()")]
    [InlineData("SHOW DATABASES")]
    [InlineData("SHOW TABLES FROM \"kguardian\"")]
    [InlineData("DESC TABLE \"kguardian\".\"flows\"")]
    [InlineData("SELECT name, type, table FROM system.columns WHERE database IN ('kguardian')")]
    [InlineData(
        "SELECT name, is_aggregate, case_insensitive, alias_to, origin, description, syntax, arguments, "
        + "returned_value, examples, categories FROM system.functions LIMIT 500")]
    [InlineData("SELECT DISTINCT decision AS value FROM \"kguardian\".\"flows\" WHERE decision IS NOT NULL AND pod_name = 'pod-1' ORDER BY value LIMIT 1000")]
    public async Task Plugin_gets_what_it_asks_by_itself(string sql) => Assert.Null((await store.Grafana.AskAsync(sql)).Refusal);

    [Fact]
    public async Task Schema_browser_shows_the_views_and_nothing_else()
    {
        var tables = await store.Grafana.AskAsync("SHOW TABLES FROM kguardian");
        var columns = await store.Grafana.AskAsync("SELECT DISTINCT table FROM system.columns WHERE database = 'kguardian'");

        Assert.Equal(DashboardViews.Names.Order(StringComparer.Ordinal), tables.Texts.Order(StringComparer.Ordinal));
        Assert.Equal(DashboardViews.Names.Order(StringComparer.Ordinal), columns.Texts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Password_of_another_user_is_no_use()
    {
        using var guess = new GrafanaClient(store.Node.GrafanaEndpoint with { Password = store.Node.ReadOnlyEndpoint.Password }, "kguardian");

        Assert.Contains("AUTHENTICATION_FAILED", (await guess.AskAsync("SELECT 1")).Refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Native_protocol_has_the_same_rights_and_limits()
    {
        var node = store.Node;
        string Remote(string table) =>
            $"SELECT count() FROM remote('127.0.0.1:{node.TcpPort}', 'kguardian', '{table}', '{node.GrafanaEndpoint.User}', '{node.GrafanaEndpoint.Password}')";

        // A server that asks another first asks for the columns, without limits, which become the least that the user may ask for: a row, a column.
        Assert.Contains("TOO_MANY_ROWS", await Sql.RefusalAsync(node.Endpoint, Remote("rejected")), StringComparison.Ordinal);
        Assert.Contains("ACCESS_DENIED", await Sql.RefusalAsync(node.Endpoint, Remote("rejected_events")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadOnly_user_stays_as_it_is()
    {
        var readOnly = store.Node.ReadOnlyEndpoint;

        Assert.Equal($"{DashboardStore.Flows}", await Sql.RunAsync(readOnly, "SELECT count() FROM kguardian.traffic"));
        Assert.Equal($"{DashboardStore.Flows}", await Sql.RunAsync(readOnly, "SELECT count() FROM kguardian.flows WHERE NOT ignore(uuid)"));
    }
}
