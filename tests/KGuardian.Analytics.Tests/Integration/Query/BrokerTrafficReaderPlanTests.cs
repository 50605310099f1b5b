using System.Text;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>How the real engine would run what the reader asks, on enough rows for a full scan to be the wrong way.</summary>
public sealed class BrokerTrafficReaderPlanTests : IAsyncLifetime
{
    private const int Rows = 200_000;

    private readonly RequestRecorder _recorder = new();
    private TestDatabase _database = null!;
    private ClickHouseClient _client = null!;
    private BrokerTrafficReader _reader = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestClients.CreateMigratedDatabaseAsync();
        // Five thousand pods; one pod's rows lie together as its address leads the key.
        await _database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, ip_protocol, traffic_type, traffic_in_out_ip, decision,
                pod_port, traffic_in_out_port, time_stamp, arrival_day, version)
            SELECT reinterpretAsFixedString(generateUUIDv4(number)), concat('pod-', toString(intDiv(number, 40))), 'ns', concat('10.0.', toString(intDiv(number, 40))),
                'TCP', 'INGRESS', toString(number), 'ALLOW', number % 65536, 443, toDateTime64('2025-01-01', 6, 'UTC') + cityHash64(number) % 100000, today(), 1
            FROM numbers({Rows}) SETTINGS max_insert_threads = 1, min_insert_block_size_rows = {Rows}
            """);
        _client = _database.Client(handler: _recorder);
        _reader = new BrokerTrafficReader(_client.Runner());
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task All_reads_the_newest_rows_from_the_projection()
    {
        var plan = await ExplainAsync(() => _reader.AllAsync(100, RowFormat.JsonArray, default));

        Assert.Contains("newest_first", plan, StringComparison.Ordinal);
        Assert.Contains("InReverseOrder", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_with_a_limit_reads_few_rows()
    {
        await using (var result = await _reader.AllAsync(100, RowFormat.JsonArray, default))
        {
            await result.Body.CopyToAsync(Stream.Null);
        }

        Assert.InRange(await RowsReadAsync(), 100, Rows / 4);
    }

    [Fact]
    public async Task All_without_a_limit_reads_in_the_order_of_the_projection()
    {
        var plan = await ExplainAsync(() => _reader.AllAsync(null, RowFormat.JsonLines, default));

        Assert.Contains("newest_first", plan, StringComparison.Ordinal);
        Assert.Contains("InReverseOrder", plan, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ns")]
    public async Task OfPod_reads_the_granules_that_can_hold_it(string? podNamespace)
    {
        var plan = await ExplainAsync(() => _reader.OfPodAsync("pod-777", podNamespace, RowFormat.JsonArray, default));

        Assert.Contains("pod_name_index", plan, StringComparison.Ordinal);
        Assert.InRange(await RowsReadAsync(), 40, Rows / 4);
    }

    [Fact]
    public async Task Projection_and_table_hold_the_same_rows_after_a_merge_of_duplicates()
    {
        await _database.SqlAsync(
            "INSERT INTO traffic SELECT * REPLACE (toDateTime64('2030-01-01', 6, 'UTC') AS time_stamp, 0 AS version) FROM traffic LIMIT 100");
        await _database.SqlAsync("OPTIMIZE TABLE traffic FINAL");

        Assert.Equal($"{Rows}", await _database.SqlAsync("SELECT count() FROM traffic"));
        Assert.Equal("0", await _database.SqlAsync(
            "SELECT count() FROM (SELECT time_stamp FROM traffic ORDER BY time_stamp DESC, uuid DESC LIMIT 10) "
            + "WHERE time_stamp > '2029-01-01'"));
    }

    /// <summary>Runs a read, and asks how the engine runs exactly what was sent.</summary>
    private async Task<string> ExplainAsync(Func<Task<ClickHouseResult>> read)
    {
        _recorder.Requests.Clear();
        await using (var result = await read())
        {
            await result.Body.CopyToAsync(Stream.Null);
        }

        var (address, body, _) = Assert.Single(_recorder.Requests);
        var sql = Regex.Replace(Encoding.UTF8.GetString(body), @"\nFORMAT \w+$", "");
        var parameters = address.Query.TrimStart('?').Split('&').Select(pair => pair.Split('='))
            .Where(pair => pair[0] is not ("database" or "query_id" or "output_format_json_array_of_rows"))
            .Select(pair => new KeyValuePair<string, string>(pair[0], System.Net.WebUtility.UrlDecode(pair[1])));
        // Actions of every step, and what each index kept.
        var plan = await _client.QueryAsync<Line>(
            new ClickHouseQuery($"EXPLAIN indexes = 1, projections = 1, actions = 1 {sql}") { Settings = [.. parameters] });
        return string.Join('\n', plan.Select(line => line.Explain));
    }

    private async Task<long> RowsReadAsync()
    {
        var id = _recorder.Requests.Select(request => Regex.Match(request.Address.Query, "query_id=([^&]+)").Groups[1].Value).First();
        var read = "";
        // A query is logged a moment after its last byte.
        await Patience.UntilAsync(async () =>
        {
            await _database.SqlAsync("SYSTEM FLUSH LOGS query_log");
            read = await _database.SqlAsync($"SELECT read_rows FROM system.query_log WHERE query_id = '{id}' AND type = 'QueryFinish'");
            return read.Length > 0;
        });
        return long.Parse(read, System.Globalization.CultureInfo.InvariantCulture);
    }

    private sealed record Line(string Explain);
}
