using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class ClickHouseCancellationTests : IAsyncLifetime
{
    // The first sends nothing before its end, the second its head at once.
    private const string Silent = "SELECT count() FROM system.numbers WHERE NOT ignore(sleepEachRow(0.01)) SETTINGS max_block_size = 10 FORMAT TSV";
    private const string Talking = "SELECT number FROM system.numbers FORMAT TSV";

    private TestDatabase _database = null!;
    private ClickHouseClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await SharedNode.CreateDatabaseAsync();
        _client = _database.Client();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Cancelling_before_the_head_ends_the_query()
    {
        var query = new ClickHouseQuery(Silent) { QueryId = Id() };
        using var cancelled = new CancellationTokenSource();
        var running = _client.StreamAsync(query, cancelled.Token);
        await Patience.UntilAsync(() => RunsAsync(query.QueryId));

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Patience.UntilAsync(async () => !await RunsAsync(query.QueryId));
    }

    [Fact]
    public async Task Cancelling_a_small_result_ends_the_query()
    {
        var query = new ClickHouseQuery("SELECT number AS value FROM system.numbers") { QueryId = Id() };
        using var cancelled = new CancellationTokenSource();
        var running = _client.QueryAsync<long>(query, cancelled.Token);
        await Patience.UntilAsync(() => RunsAsync(query.QueryId));

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        await Patience.UntilAsync(async () => !await RunsAsync(query.QueryId));
    }

    [Fact]
    public async Task Cancelling_a_read_and_disposing_ends_the_query()
    {
        var query = new ClickHouseQuery(Talking) { QueryId = Id() };
        using var cancelled = new CancellationTokenSource();
        await using (var result = await _client.StreamAsync(query, cancelled.Token))
        {
            var copying = result.Body.CopyToAsync(Stream.Null, cancelled.Token);
            await cancelled.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copying);
        }

        await Patience.UntilAsync(async () => !await RunsAsync(query.QueryId));
    }

    [Fact]
    public async Task Disposing_before_the_end_ends_the_query_without_reading_on()
    {
        var query = new ClickHouseQuery(Talking) { QueryId = Id() };
        var result = await _client.StreamAsync(query);
        await result.Body.ReadExactlyAsync(new byte[1000]);
        Assert.True(await RunsAsync(query.QueryId));

        await result.DisposeAsync();

        await Patience.UntilAsync(async () => !await RunsAsync(query.QueryId));
        Assert.Equal(1000, result.BytesRead);
    }

    [Fact]
    public async Task Disposing_after_the_end_kills_nothing()
    {
        var recorder = new RequestRecorder();
        using var client = _database.Client(handler: recorder);

        await client.ExecuteAsync(new ClickHouseQuery("SELECT 1"));
        await client.QueryAsync<long>(new ClickHouseQuery("SELECT 1 AS value"));
        await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT missing")));

        Assert.Equal(3, recorder.Requests.Count);
    }

    [Fact]
    public async Task Kill_of_a_query_that_is_gone_is_no_error() => await _client.KillAsync(_client.Pool.Current, "no-such-query");

    [Fact]
    public async Task Kill_ends_the_query_with_an_error_for_its_reader()
    {
        var query = new ClickHouseQuery(Silent) { QueryId = Id() };
        var running = _client.ExecuteAsync(query);
        await Patience.UntilAsync(() => RunsAsync(query.QueryId));

        await _client.KillAsync(_client.Pool.Current, query.QueryId);

        Assert.Equal(394, (await Assert.ThrowsAsync<ClickHouseException>(() => running)).Code);
    }

    [Fact]
    public async Task Cancelling_when_the_server_never_answers_returns_and_reports_that_the_query_may_go_on()
    {
        await using var server = new ScriptedServer(answer: null);
        var log = new ListLogger<ClickHouseClient>();
        using var client = _database.Client(through: server.Url, logger: log);
        using var cancelled = new CancellationTokenSource();
        var running = client.ExecuteAsync(new ClickHouseQuery("SELECT 1") { QueryId = "frozen" }, cancelled.Token);
        await server.Asked;

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Contains(log.Entries, entry => entry.Id.Id == 1101 && entry.Text.Contains("frozen", StringComparison.Ordinal));
    }

    private static string Id() => $"test-{Guid.NewGuid():N}";

    private async Task<bool> RunsAsync(string queryId) =>
        await _database.SqlAsync($"SELECT count() FROM system.processes WHERE query_id = '{queryId}'") != "0";
}
