using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class ClickHouseHealthTests : IAsyncLifetime
{
    private readonly ListLogger<ClickHouseHealth> _log = new();
    private TestDatabase _database = null!;
    private TcpRelay _relay = null!;
    private ClickHouseClient _client = null!;
    private ClickHouseHealth _health = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SharedNode.CreateDatabaseAsync();
        _relay = new TcpRelay(_database.Endpoint.Url);
        _client = _database.Client(through: _relay.Address);
        _health = new ClickHouseHealth(_client, TimeProvider.System, _log);
    }

    public async ValueTask DisposeAsync()
    {
        await _health.DisposeAsync();
        _client.Dispose();
        await _relay.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Failure_while_away_and_back_is_set_and_cleared_and_each_logged_once()
    {
        _health.Start();
        Assert.Null(_health.Failure);

        _relay.GoAway();
        await Patience.UntilAsync(() => _health.Failure is not null);
        _relay.Open();
        await Patience.UntilAsync(() => _health.Failure is null);
        // Logged after it is cleared.
        await Patience.UntilAsync(() => _log.Entries.Count > 1);

        Assert.Equal([1120, 1121], _log.Entries.Select(entry => entry.Id.Id));
        Assert.DoesNotContain(_database.Endpoint.Password, string.Concat(_log.Entries.Select(entry => entry.Text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_of_somebody_else_counts_until_the_next_sign_of_life()
    {
        _health.Report("the node died");
        Assert.Equal("the node died", _health.Failure);

        _health.Start();

        await Patience.UntilAsync(() => _health.Failure is null);
    }

    [Fact]
    public async Task Dispose_without_start_ends()
    {
        var health = new ClickHouseHealth(_client, TimeProvider.System, _log);

        await health.DisposeAsync();

        Assert.Null(health.Failure);
    }
}
