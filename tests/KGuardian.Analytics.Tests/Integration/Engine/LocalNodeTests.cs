using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.Integration.Engine;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class LocalNodeTests : IAsyncDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly ListLogger<LocalNode> _log = new();
    private readonly LocalNode _node;

    public LocalNodeTests() => _node = new LocalNode(Options, _log);

    private LocalNodeOptions Options => new() { DataDirectory = _directory.Path, MemoryShare = 0.1, StopTimeout = Patience.Limit };

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void Endpoint_before_start_says_not_started() => Assert.Throws<InvalidOperationException>(() => _node.Endpoint);

    [Fact]
    public async Task Start_on_an_empty_directory_answers_over_http_and_tcp()
    {
        await _node.StartAsync(CancellationToken.None);

        Assert.True(_node.IsReady);
        Assert.Equal("kguardian", await Sql.RunAsync(_node.Endpoint, "SELECT currentUser()"));
        Assert.Equal("UTC", await Sql.RunAsync(_node.Endpoint, "SELECT timezone()"));
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, _node.TcpPort);
    }

    [Fact]
    public async Task Stop_of_a_running_node_ends_the_child_by_itself_and_keeps_the_data()
    {
        await _node.StartAsync(CancellationToken.None);
        await Sql.RunAsync(_node.Endpoint, "CREATE DATABASE kguardian");
        await Sql.RunAsync(_node.Endpoint, "CREATE TABLE kguardian.t (a UInt8) ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a");

        await _node.StopAsync(CancellationToken.None);

        Assert.False(_node.IsReady);
        Assert.Null(_node.ProcessId);
        Assert.Contains(_log.Entries, e => e.Id.Id == 1003 && e.Text.Contains("exit code 0", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Entries, e => e.Id.Id is 1001 or 1004 or 1005);
        await using var next = new LocalNode(Options, _log);
        await next.StartAsync(CancellationToken.None);
        Assert.Equal("7", await Sql.RunAsync(next.Endpoint, "SELECT a FROM kguardian.t"));
        // A query is logged a moment after its last byte.
        await Patience.UntilAsync(async () =>
        {
            await Sql.RunAsync(next.Endpoint, "SYSTEM FLUSH LOGS");
            return await Sql.RunAsync(next.Endpoint, "SELECT count() FROM system.query_log WHERE query LIKE 'SELECT a%'") == "1";
        });
    }

    [Fact]
    public async Task Child_killed_is_restarted_with_its_data_and_addresses()
    {
        await _node.StartAsync(CancellationToken.None);
        await Sql.RunAsync(_node.Endpoint, "CREATE DATABASE kguardian");
        await Sql.RunAsync(_node.Endpoint, "CREATE TABLE kguardian.t (a UInt8) ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a");
        var (endpoint, tcpPort, processId) = (_node.Endpoint, _node.TcpPort, _node.ProcessId!.Value);
        var states = System.Threading.Channels.Channel.CreateUnbounded<bool>();
        _node.ReadyChanged += (_, _) => states.Writer.TryWrite(_node.IsReady);

        using (var child = Process.GetProcessById(processId))
        {
            child.Kill();
        }

        using var deadline = new CancellationTokenSource(Patience.Limit);
        Assert.False(await states.Reader.ReadAsync(deadline.Token));
        Assert.True(await states.Reader.ReadAsync(deadline.Token));
        Assert.Equal(1, _node.Restarts);
        Assert.Equal((endpoint, tcpPort), (_node.Endpoint, _node.TcpPort));
        Assert.NotEqual(processId, _node.ProcessId);
        Assert.Equal("7", await Sql.RunAsync(endpoint, "SELECT a FROM kguardian.t"));
        Assert.Contains(_log.Entries, e => e.Id.Id == 1001 && e.Text.Contains("exit code 137", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task Child_signalled_goes_on(string signal)
    {
        await _node.StartAsync(CancellationToken.None);

        await Process.Start("kill", [$"-{signal}", $"{_node.ProcessId}"]).WaitForExitAsync();

        // The end of a process is not a matter of one query, so there are some.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("1", await Sql.RunAsync(_node.Endpoint, "SELECT 1 + sleep(0.02)"));
        }

        Assert.Equal(0, _node.Restarts);
    }

    [Fact]
    public async Task Start_on_a_directory_in_use_names_holder_and_setting()
    {
        await _node.StartAsync(CancellationToken.None);
        await using var second = new LocalNode(Options, _log);

        var error = await Assert.ThrowsAsync<LocalNodeException>(() => second.StartAsync(CancellationToken.None));

        Assert.Contains("KGUARDIAN_DATA_DIR", error.Message, StringComparison.Ordinal);
        Assert.Contains($"process id {Environment.ProcessId} ", error.Message, StringComparison.Ordinal);
        Assert.Equal("1", await Sql.RunAsync(_node.Endpoint, "SELECT 1"));
    }

    [Fact]
    public async Task Start_on_a_port_in_use_says_so()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var node = new LocalNode(Options with { TcpPort = port }, _log);

        var error = await Assert.ThrowsAsync<LocalNodeException>(() => node.StartAsync(CancellationToken.None));

        Assert.Contains("exit code 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Address already in use", error.Message, StringComparison.Ordinal);
        Assert.Contains($":{port}", error.Message, StringComparison.Ordinal);
        Assert.Contains(_log.Entries, e => e.Id.Id == 1010 && e.Level == LogLevel.Error && e.Text.Contains("already in use", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_on_a_damaged_store_carries_the_engines_words()
    {
        var metadata = Directory.CreateDirectory(Path.Combine(_directory.Path, "clickhouse", "store", "metadata"));
        await File.WriteAllTextAsync(Path.Combine(metadata.FullName, "broken.sql"), "no SQL");

        var error = await Assert.ThrowsAsync<LocalNodeException>(() => _node.StartAsync(CancellationToken.None));

        Assert.Contains("ended with exit code", error.Message, StringComparison.Ordinal);
        Assert.Contains("broken.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_cancelled_leaves_neither_child_nor_lock()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _node.StartAsync(soon.Token));

        Assert.Null(_node.ProcessId);
        await using var next = new LocalNode(Options, _log);
        await next.StartAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Restarted_server_has_the_same_read_only_password_and_another_admin_password()
    {
        await _node.StartAsync(CancellationToken.None);
        var (admin, readOnly) = (_node.Endpoint.Password, _node.ReadOnlyEndpoint.Password);
        await _node.StopAsync(CancellationToken.None);

        await using var next = new LocalNode(Options, _log);
        await next.StartAsync(CancellationToken.None);

        Assert.Equal(readOnly, next.ReadOnlyEndpoint.Password);
        Assert.NotEqual(admin, next.Endpoint.Password);
    }

    [Fact]
    public async Task Files_of_the_node_are_for_this_user_only()
    {
        await _node.StartAsync(CancellationToken.None);
        var root = Path.Combine(_directory.Path, "clickhouse");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(root));
        foreach (var file in new[] { "config.xml", "users.xml", "readonly.password", "grafana.password" })
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(root, file)));
        }

        Assert.DoesNotContain(_node.Endpoint.Password, await File.ReadAllTextAsync(Path.Combine(root, "users.xml")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(LocalNodeOptions.MemoryShare))]
    [InlineData(nameof(LocalNodeOptions.HttpPort))]
    [InlineData(nameof(LocalNodeOptions.ReadOnlyDatabase))]
    public async Task Start_with_an_option_out_of_range_names_it(string option)
    {
        var wrong = option switch
        {
            nameof(LocalNodeOptions.MemoryShare) => Options with { MemoryShare = 1.5 },
            nameof(LocalNodeOptions.HttpPort) => Options with { HttpPort = 70_000 },
            _ => Options with { ReadOnlyDatabase = "a`.b" },
        };
        await using var node = new LocalNode(wrong, _log);

        var error = await Assert.ThrowsAsync<LocalNodeException>(() => node.StartAsync(CancellationToken.None));

        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }
}
