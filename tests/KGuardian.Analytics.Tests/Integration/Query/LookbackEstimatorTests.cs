using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>Pages that are asked for again read less, and are right whatever happened to the flows in between.</summary>
public sealed class LookbackEstimatorTests : IAsyncLifetime
{
    private const int PartRows = 20_000;
    private const int Parts = 6;

    private static readonly FlowSelection Everything =
        new(new TimeWindow(new(2026, 5, 12, 0, 0, 0, TimeSpan.Zero), new(2026, 5, 13, 0, 0, 0, TimeSpan.Zero)), FlowFilter.Everything);

    private TestDatabase _database = null!;
    private ClickHouseClient _client = null!;
    private FlowReader _reader = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestClients.CreateMigratedDatabaseAsync();
        await _database.SqlAsync("SYSTEM STOP MERGES traffic");
        for (var part = 0; part < Parts; part++)
        {
            await InsertAsync(part * PartRows, PartRows);
        }

        _client = _database.Client();
        _reader = new FlowReader(_client.Runner(), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Newest_page_that_is_asked_for_again_reads_the_newest_part_only()
    {
        var first = await PageAsync();

        var again = await PageAsync();

        Assert.Equal(Text(first), Text(again));
        Assert.InRange(again.Rows.Summary.ReadRows, 1, first.Rows.Summary.ReadRows / 2);
        Assert.Equal(first.Next, again.Next);
    }

    [Fact]
    public async Task Newest_page_after_new_flows_begins_with_them()
    {
        await PageAsync();
        await InsertAsync(Parts * PartRows, 10);

        var again = await PageAsync();

        Assert.Equal(Text(await FreshAsync()), Text(again));
        Assert.Equal(100, again.Rows.Count);
    }

    [Fact]
    public async Task Newest_page_after_the_newest_flows_are_gone_is_filled_with_older_ones()
    {
        await InsertAsync(Parts * PartRows, 50, arrivalDay: "2026-05-14");
        await PageAsync();
        await _database.SqlAsync("ALTER TABLE traffic DROP PARTITION '2026-05-14'");

        var again = await PageAsync();

        Assert.Equal(Text(await FreshAsync()), Text(again));
        Assert.Equal(100, again.Rows.Count);
    }

    [Fact]
    public async Task Pages_behind_each_other_show_every_flow_once_over_gaps_of_time()
    {
        // Dense before and after hours without any flow: guesses from one do not fit the other.
        await InsertAsync(40_000_000, 500);
        var seen = new HashSet<string>();
        var (rows, next) = await PageAsync();
        for (var pages = 0; pages < 12; pages++)
        {
            Assert.All(Uuids(rows), uuid => Assert.True(seen.Add(uuid)));
            (rows, next) = await PageAsync(next);
        }

        Assert.Equal(1200, seen.Count);
        Assert.Equal(
            (await _database.SqlAsync("SELECT UUIDNumToString(uuid) FROM traffic ORDER BY time_stamp DESC, pod_port DESC LIMIT 1200"))
                .Trim().Split('\n').Order(),
            seen.Order());
    }

    private Task<(JsonRows Rows, FlowKeyset? Next)> PageAsync(FlowKeyset? after = null) =>
        _reader.PageAsync(Everything, FlowTable.Shown, newestFirst: true, after, limit: 100, default);

    private Task<(JsonRows Rows, FlowKeyset? Next)> FreshAsync() =>
        new FlowReader(_client.Runner(), TimeProvider.System)
            .PageAsync(Everything, FlowTable.Shown, newestFirst: true, after: null, limit: 100, default);

    private static string Text((JsonRows Rows, FlowKeyset? Next) page) => System.Text.Encoding.UTF8.GetString(page.Rows.Bytes);

    private static IEnumerable<string> Uuids(JsonRows rows)
    {
        using var json = System.Text.Json.JsonDocument.Parse($"[{System.Text.Encoding.UTF8.GetString(rows.Bytes)}]");
        return [.. json.RootElement.EnumerateArray().Select(row => row.GetProperty("uuid").GetString()!)];
    }

    private Task<string> InsertAsync(int first, int rows, string arrivalDay = "2026-05-12") => _database.SqlAsync($"""
        INSERT INTO traffic (uuid, pod_name, pod_ip, pod_port, traffic_in_out_ip, traffic_in_out_port, time_stamp, arrival_day, version)
        SELECT UUIDStringToNum(toString(generateUUIDv4(number))), 'pod', '10.1.0.1', number, '10.9.0.1', 1,
            toDateTime64('2026-05-12', 6, 'UTC') + number / 1000, '{arrivalDay}', 1
        FROM numbers({first}, {rows})
        """);
}
