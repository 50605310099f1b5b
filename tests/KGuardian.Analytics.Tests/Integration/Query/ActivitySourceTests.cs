using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>What pages of events cost: 400,000 flows, a hundred of each microsecond, of which a page reads a part.</summary>
public sealed class ActivitySourceTests : IAsyncLifetime
{
    private const long Begin = 1_778_544_000_000_000; // 2026-05-12, in microseconds

    private TestDatabase _database = null!;
    private ClickHouseClient _client = null!;
    private FlowSelection _flows = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestClients.CreateMigratedDatabaseAsync();
        _client = _database.Client();
        await _database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_ip, traffic_in_out_ip, time_stamp, arrival_day, version)
            SELECT UUIDStringToNum(toString(generateUUIDv4(number))), 'a', toString(number), if(number % 7 = 0, NULL, '10.0.0.1'),
                fromUnixTimestamp64Micro({Begin} + intDiv(number, 100), 'UTC'), '2026-05-12', 4294967295 - number
            FROM numbers(400000)
            """);
        _flows = new FlowSelection(default, FlowFilter.Everything, await FlowIds.OfAsync(_client));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _database.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Page_in_the_middle_reads_little_and_is_in_the_order_of_times_and_ids(bool newestFirst)
    {
        var source = new ActivityReader(_client.Runner(), TimeProvider.System).Of(_flows);
        var at = (await source.ReadAsync(EventRange.Behind(new EventPosition(Begin + 2000, 0), isInclusive: true), newestFirst: false, 50, default))[^1];
        var range = newestFirst
            ? EventRange.Before(source.PositionOf(at), isInclusive: false) : EventRange.Behind(source.PositionOf(at), isInclusive: false);

        var rows = await source.ReadAsync(range, newestFirst, 500, default);

        var positions = rows.Select(source.PositionOf).ToArray();
        Assert.Equal(500, positions.Distinct().Count());
        Assert.Equal(newestFirst ? positions.OrderDescending() : positions.Order(), positions);
        // The position has 49 flows of its time on one side and 50 on the other, each time a hundred.
        Assert.Equal(newestFirst ? 49 : 50, positions.Count(position => position.Micros == Begin + 2000));
        Assert.Equal(newestFirst ? 200_049 : 199_950, await source.CountAsync(range, default));
        await using var answer = await _client.StreamAsync(
            ActivitySource.RowsQuery((_flows with { Window = range.Window }).Shown(), range, newestFirst, 500).InFormat(RowFormat.JsonLines)
                .WithSetting("wait_end_of_query", "1"));
        // Twice: to find where it ends, and for its rows; how far threads have read ahead differs.
        Assert.InRange(answer.Summary.ReadRows, 1000, 150_000);
    }

    [Fact]
    public async Task Arrivals_are_found_by_key_whatever_is_null()
    {
        var reader = new ActivityReader(_client.Runner(), TimeProvider.System);
        await _database.SqlAsync($"""
            INSERT INTO traffic (uuid, time_stamp, arrival_day, version)
            SELECT unhex(''), fromUnixTimestamp64Micro({Begin}, 'UTC'), '2026-05-12', 7
            """);
        // What agents may send: the longest texts, of characters that take the most on their way.
        await _database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_ip, pod_port, traffic_in_out_ip, time_stamp, arrival_day, version)
            SELECT unhex(''), repeat([char(1), '"', '\\', '{(char)0xE9}'][number % 4 + 1], 512), number, repeat('?', 1024),
                fromUnixTimestamp64Micro({Begin}, 'UTC'), '2026-05-12', 4294967295 - number
            FROM numbers(60)
            """);
        var rows = await reader.Of(_flows).ReadAsync(EventRange.Behind(new EventPosition(Begin, 0), isInclusive: true), newestFirst: false, 1300, default);

        var events = await reader.DescribeAsync(rows, default);

        Assert.Equal(rows, events.Select(one => one.Row));
        Assert.All(events, one => Assert.Equal(
            one.Row.PodIp is null ? uint.MaxValue - 7 : one.Row.PodIp.Length == 512 ? one.Row.PodPort : long.Parse(one.Row.PodIp), one.ArrivalSecond));
        Assert.Equal(60, events.Count(one => one.Row.PodIp?.Length == 512));
        Assert.Contains(events, one => one.Row.PodIp is null);
        Assert.Contains(events, one => one.Row is { PodIp: not null, PeerIp: null });
    }
}
