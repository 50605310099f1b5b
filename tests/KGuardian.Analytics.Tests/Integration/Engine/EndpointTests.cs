using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Engine;

/// <summary>Several addresses of one ClickHouse: two connections to the shared node that tests cut one by one.</summary>
public sealed class EndpointTests : IAsyncLifetime
{
    private readonly ListLogger<ClickHouseClient> _log = new();
    private TestDatabase _database = null!;
    private TcpRelay _first = null!;
    private TcpRelay _second = null!;
    private ClickHouseClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SharedNode.CreateDatabaseAsync();
        _first = new TcpRelay(_database.Endpoint.Url);
        _second = new TcpRelay(_database.Endpoint.Url);
        _client = ClientOf(_first.Address, _second.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _first.DisposeAsync();
        await _second.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Statement_goes_to_the_next_address_when_there_is_no_connection_and_stays_there()
    {
        await _client.ExecuteAsync(new ClickHouseQuery("SELECT 1"));
        Assert.Equal(_first.Address, _client.Endpoint.Url);

        _first.GoAway();
        await _client.ExecuteAsync(new ClickHouseQuery("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a"));
        await InsertAsync(7);
        Assert.Equal(_second.Address, _client.Endpoint.Url);

        _first.Open();
        Assert.Equal(7, await _client.QuerySingleAsync<long>(new ClickHouseQuery("SELECT a FROM t")));
        Assert.Equal(_second.Address, _client.Endpoint.Url);
        Assert.Equal(1, _client.Failovers);
        Assert.Single(_log.Entries, entry => entry.Id.Id == 1102);
    }

    [Fact]
    public async Task Insert_whose_answer_was_lost_is_not_repeated_elsewhere_and_its_repeat_under_the_same_token_is_stored_once()
    {
        await _client.ExecuteAsync(
            new ClickHouseQuery("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100"));
        _first.Inject(RelayFault.LostAnswer, "INSERT");
        _second.Inject(RelayFault.LostAnswer, "nothing is asked of it");

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => InsertAsync(7));

        Assert.Equal(ClickHouseFailure.Unknown, error.Failure);
        Assert.Equal("1", await _database.SqlAsync("SELECT count() FROM t"));
        _first.GoAway();
        await InsertAsync(7);
        Assert.Equal(_second.Address, _client.Endpoint.Url);
        Assert.Equal("1", await _database.SqlAsync("SELECT count() FROM t"));
    }

    [Fact]
    public async Task Statement_with_all_addresses_away_was_never_sent_and_is_answered_when_one_is_back()
    {
        _first.GoAway();
        _second.GoAway();
        var error = await Assert.ThrowsAsync<ClickHouseException>(() => _client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));
        Assert.Equal(ClickHouseFailure.NotSent, error.Failure);

        // Whichever it is: without a health check the back-off must end by itself.
        _first.Open();
        await Patience.UntilAsync(IsAnsweredAsync);
        _first.GoAway();
        _second.Open();
        await Patience.UntilAsync(IsAnsweredAsync);
        Assert.Equal(_second.Address, _client.Endpoint.Url);
    }

    [Fact]
    public async Task Health_leaves_an_address_that_does_not_answer_and_reports_each()
    {
        await using var frozen = new ScriptedServer(answer: null);
        using var client = ClientOf(frozen.Url, _second.Address);
        await using var health = new ClickHouseHealth(client, TimeProvider.System, NullLogger<ClickHouseHealth>.Instance);

        health.Start();

        await Patience.UntilAsync(() =>
            health.Failure is null && health.Endpoints is [{ Failure: not null, IsUsed: false }, { Failure: null, IsUsed: true }]);
        Assert.Equal(_second.Address, client.Endpoint.Url);

        _second.GoAway();
        await Patience.UntilAsync(() => health.Failure is not null);
        Assert.Contains(frozen.Url.ToString(), health.Failure, StringComparison.Ordinal);
        Assert.Contains(_second.Address.ToString(), health.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_takes_an_address_that_is_back_when_the_others_are_away()
    {
        await using var health = new ClickHouseHealth(_client, TimeProvider.System, NullLogger<ClickHouseHealth>.Instance);
        _first.GoAway();
        _second.GoAway();
        health.Start();
        await Patience.UntilAsync(() => health.Failure is not null);

        _second.Open();

        await Patience.UntilAsync(() => health.Failure is null);
        await _client.ExecuteAsync(new ClickHouseQuery("SELECT 1"));
        Assert.Equal(_second.Address, _client.Endpoint.Url);
    }

    [Fact]
    public async Task Address_that_shows_other_data_counts_as_away()
    {
        using var directory = new TestDirectory();
        await using var node = new LocalNode(new() { DataDirectory = directory.Path, MemoryShare = 0.1 }, NullLogger<LocalNode>.Instance);
        await node.StartAsync(CancellationToken.None);
        await _database.SqlAsync("CREATE TABLE marker (a UInt8) ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a");
        using var client = new ClickHouseClient(
            [_database.Endpoint with { Url = _first.Address }, node.Endpoint], new ClickHouseClientOptions { Database = _database.Name }, _log);
        await using var health = new ClickHouseHealth(client, TimeProvider.System, NullLogger<ClickHouseHealth>.Instance);
        await health.RequireSameDataAsync(new ClickHouseQuery("SELECT a FROM marker FORMAT TSV"), CancellationToken.None);
        health.Start();

        // Neither a server without the database, nor one with another content of it.
        await Patience.UntilAsync(ShowsOtherData);
        await Sql.RunAsync(node.Endpoint, $"CREATE DATABASE {_database.Name}");
        await Sql.RunAsync(node.Endpoint, $"CREATE TABLE {_database.Name}.marker (a UInt8) ENGINE = MergeTree ORDER BY a AS SELECT 8 AS a");
        _first.GoAway();
        await Patience.UntilAsync(() => health.Failure is not null);
        await Patience.UntilAsync(ShowsOtherData);

        await Sql.RunAsync(node.Endpoint, $"INSERT INTO {_database.Name}.marker VALUES (7)");
        await Sql.RunAsync(node.Endpoint, $"DELETE FROM {_database.Name}.marker WHERE a = 8");
        await Patience.UntilAsync(() => health.Failure is null);
        Assert.Equal(node.Endpoint.Url, client.Endpoint.Url);

        // Not at any time: a busy node may also give no answer once.
        bool ShowsOtherData() => health.Endpoints[1].Failure is { } failure && failure.Contains("other data", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abandoned_query_is_ended_where_it_runs_after_another_address_was_taken()
    {
        await using var other = new ScriptedServer(answer: null);
        using var client = ClientOf(_first.Address, other.Url);
        var query = new ClickHouseQuery("SELECT number FROM system.numbers FORMAT TSV") { QueryId = $"test-{Guid.NewGuid():N}" };
        var result = await client.StreamAsync(query);
        Assert.True(client.Pool.Leave(client.Pool.All[0], "the test says so"));
        Assert.Equal(other.Url, client.Endpoint.Url);

        await result.DisposeAsync();

        await Patience.UntilAsync(async () => await _database.SqlAsync($"SELECT count() FROM system.processes WHERE query_id = '{query.QueryId}'") == "0");
        Assert.False(other.Asked.IsCompleted);
    }

    [Fact]
    public async Task Password_in_a_file_is_read_again_when_it_changes_and_stays_valid_when_it_is_gone()
    {
        using var directory = new TestDirectory();
        var file = Path.Combine(directory.Path, "password");
        await File.WriteAllTextAsync(file, "wrong\n");
        using var client = new ClickHouseClient(
            [_database.Endpoint with { Password = "wrong", PasswordFile = file }], new ClickHouseClientOptions { Database = _database.Name }, _log);
        var refused = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));
        Assert.Equal(516, refused.Code);

        await File.WriteAllTextAsync(file, _database.Endpoint.Password + "\n");
        await Patience.UntilAsync(() => IsAnsweredAsync(client));
        File.Delete(file);
        await Patience.UntilAsync(async () => await IsAnsweredAsync(client) && _log.Entries.Any(entry => entry.Id.Id == 1104));

        Assert.True(await IsAnsweredAsync(client));
        Assert.Single(_log.Entries, entry => entry.Id.Id == 1103);
        Assert.DoesNotContain(_log.Entries, entry => entry.Text.Contains(_database.Endpoint.Password, StringComparison.Ordinal));
    }

    private ClickHouseClient ClientOf(params Uri[] addresses) => new(
        [.. addresses.Select(address => _database.Endpoint with { Url = address })], new ClickHouseClientOptions { Database = _database.Name }, _log);

    private Task InsertAsync(byte value) => _client.InsertAsync(
        new ClickHouseQuery("INSERT INTO t FORMAT RowBinary").WithSetting("insert_deduplication_token", "the-same"),
        (stream, token) => stream.WriteAsync(new[] { value }, token).AsTask());

    private Task<bool> IsAnsweredAsync() => IsAnsweredAsync(_client);

    private static async Task<bool> IsAnsweredAsync(ClickHouseClient client)
    {
        try
        {
            await client.ExecuteAsync(new ClickHouseQuery("SELECT 1"));
            return true;
        }
        catch (ClickHouseException)
        {
            return false;
        }
    }
}
