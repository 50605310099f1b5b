using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class LocalNodeUserTests(UsersNode users) : IClassFixture<UsersNode>
{
    private readonly LocalNode _node = users.Node;

    private ClickHouseEndpoint Anonymous => new(_node.Endpoint.Url, "", "");

    [Theory]
    [InlineData("SELECT a FROM kguardian.t")]
    [InlineData("SELECT count() FROM system.query_log")]
    [InlineData("INSERT INTO kguardian.t VALUES (1)")]
    [InlineData("CREATE TABLE kguardian.u (a UInt8) ENGINE = Memory")]
    [InlineData("DROP DATABASE kguardian")]
    [InlineData("SYSTEM STOP LISTEN HTTP")]
    [InlineData("KILL QUERY WHERE 1")]
    public async Task Anonymous_request_is_refused(string sql)
    {
        var error = await Sql.RefusalAsync(Anonymous, sql);

        Assert.True(error.Contains("ACCESS_DENIED", StringComparison.Ordinal) || error.Contains("QUOTA_EXCEEDED", StringComparison.Ordinal), error);
        Assert.Equal("7", await Sql.RunAsync(_node.Endpoint, "SELECT a FROM kguardian.t"));
    }

    [Fact]
    public async Task Admin_with_a_wrong_password_is_refused() =>
        Assert.Contains("AUTHENTICATION_FAILED", await Sql.RefusalAsync(_node.Endpoint with { Password = "guess" }, "SELECT 1"), StringComparison.Ordinal);

    [Fact]
    public async Task ReadOnly_user_reads_its_database() =>
        Assert.Equal("7", await Sql.RunAsync(_node.ReadOnlyEndpoint, "SELECT a FROM kguardian.t"));

    [Theory]
    [InlineData("SELECT a FROM other.t")]
    [InlineData("SELECT count() FROM system.query_log")]
    [InlineData("SELECT count() FROM system.processes")]
    [InlineData("SELECT * FROM file('/etc/passwd', 'LineAsString')")]
    [InlineData("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')")]
    [InlineData("INSERT INTO kguardian.t VALUES (1)")]
    [InlineData("ALTER TABLE kguardian.t DELETE WHERE 1")]
    [InlineData("DROP TABLE kguardian.t")]
    [InlineData("CREATE TABLE kguardian.u (a UInt8) ENGINE = Memory")]
    [InlineData("SET readonly = 0")]
    [InlineData("SELECT a FROM kguardian.t SETTINGS max_execution_time = 0")]
    [InlineData("SELECT a FROM kguardian.t SETTINGS max_execution_time = 3600")]
    [InlineData("SELECT a FROM kguardian.t SETTINGS max_rows_to_read = 0")]
    [InlineData("SELECT a FROM kguardian.t SETTINGS max_memory_usage = 0")]
    public async Task ReadOnly_user_beyond_reading_its_database_is_refused(string sql) =>
        Assert.NotEqual("", await Sql.RefusalAsync(_node.ReadOnlyEndpoint, sql));

    [Theory]
    [InlineData("SELECT a FROM kguardian.t SETTINGS max_execution_time = 5, max_threads = 1", "7")]
    [InlineData("SHOW TABLES FROM kguardian", "t")]
    [InlineData("SHOW TABLES FROM other", "")]
    [InlineData("SELECT name FROM system.tables WHERE database IN ('kguardian', 'other')", "t")]
    public async Task ReadOnly_user_may_do_what_dashboards_do(string sql, string answer) =>
        Assert.Equal(answer, await Sql.RunAsync(_node.ReadOnlyEndpoint, sql));

    [Fact]
    public async Task Backup_is_written_and_restored()
    {
        await Sql.RunAsync(_node.Endpoint, "BACKUP DATABASE other TO File('first/')");
        await Sql.RunAsync(_node.Endpoint, "DROP DATABASE other SYNC");

        await Sql.RunAsync(_node.Endpoint, "RESTORE DATABASE other FROM File('first/')");

        Assert.Equal("7", await Sql.RunAsync(_node.Endpoint, "SELECT a FROM other.t"));
        Assert.True(Directory.Exists(Path.Combine(_node.BackupDirectory, "first")));
    }
}
