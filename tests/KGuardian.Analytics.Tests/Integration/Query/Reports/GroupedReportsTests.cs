using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query.Reports;

/// <summary>Grouped reports, however they are cut into slices.</summary>
public sealed class GroupedReportsTests
{
    private static readonly TimeWindow Always =
        new(new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2300, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    [InlineData(100_000)]
    public async Task Stream_has_every_row_once_and_in_order(int sliceFlows)
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        // All times that can be stored, many in one second, pods without names, and names that need escapes.
        await database.SqlAsync("""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, time_stamp, arrival_day, version)
            SELECT unhex(lower(hex(sipHash128(number)))),
                [NULL, '', 'a', 'a"b', 'a\\', 'ü', ',"~group":"', 'n\nl'][1 + number % 8], [NULL, '', 'ns', 'z'][1 + intDiv(number, 8) % 4], toString(number),
                [toDateTime64('1900-01-01 00:00:00', 6, 'UTC'), toDateTime64('1969-12-31 23:59:59.5', 6, 'UTC'), toDateTime64('2026-05-12 10:00:00', 6, 'UTC') + number / 100,
                    toDateTime64('2299-12-31 23:59:59.999999', 6, 'UTC')][1 + intDiv(number, 32) % 4],
                today(), 1
            FROM numbers(500)
            """);
        var reports = new GroupedReports(client.Runner(), TimeProvider.System) { SliceFlows = sliceFlows };
        var selection = new FlowSelection(Always, FlowFilter.Everything, FlowIds.Of(new byte[16]));

        var days = await ReadAsync(reports, selection, ReportGrouping.Day);
        var subscribers = await ReadAsync(reports, selection, ReportGrouping.Subscriber);

        Assert.Equal((500, 500), (days.Select(row => row.Uuid).Distinct().Count(), days.Count));
        Assert.Equal(["1900-01-01", "1969-12-31", "2026-05-12", "2299-12-31"], days.Select(row => row.Group).Distinct());
        Assert.All(days, row => Assert.StartsWith(row.Group, row.Start, StringComparison.Ordinal));
        Assert.Equal(days.OrderBy(row => row.Time, StringComparer.Ordinal), days);

        Assert.Equal(days.Select(row => row.Uuid).Order(), subscribers.Select(row => row.Uuid).Order());
        Assert.All(subscribers, row => Assert.Equal(row.Group, row.Subscriber));
        // In the order of bytes, as ClickHouse compares texts.
        var groups = subscribers.Select(row => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(row.Group))).ToList();
        Assert.Equal(groups.Order(StringComparer.Ordinal), groups);
        Assert.All(subscribers.GroupBy(row => row.Group), group => Assert.Equal(group.OrderBy(row => row.Time, StringComparer.Ordinal), group));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    [InlineData(1 << 20)]
    public async Task Bytes_are_the_same_however_they_are_read(int buffer)
    {
        await using var database = await SharedNode.CreateDatabaseAsync();
        using var client = database.Client();
        var parts = new[] { (0, 3), (3, 1), (4, 0), (4, 2) }.Select(part => client.StreamAsync(new ClickHouseQuery($$"""
            SELECT number AS n, repeat('x', number * 200000) AS s, ['a', 'a', 'b', 'b', 'b', 'c"'][1 + number] AS "~group"
            FROM numbers({{part.Item1}}, {{part.Item2}}) FORMAT JSONEachRow
            """)));
        await using var stream = await GroupedRowStream.OpenAsync(parts);

        var text = await ReadAsync(stream, buffer);

        Assert.Equal(
            """[{"a":[{"n":0,"s":""},{"n":1,"s":""}]},{"b":[{"n":2,"s":""},{"n":3,"s":""},{"n":4,"s":""}]},{"c\"":[{"n":5,"s":""}]}]""",
            text.Replace("x", "", StringComparison.Ordinal));
        Assert.Equal(15 * 200_000, text.Count(c => c == 'x'));
    }

    [Fact]
    public async Task Late_error_is_thrown_and_ends_no_document()
    {
        await using var database = await SharedNode.CreateDatabaseAsync();
        using var client = database.Client();
        string[] queries =
        [
            "SELECT 1 AS n, 'a' AS \"~group\"",
            "SELECT throwIf(number = 3000000) AS n, 'a' AS \"~group\" FROM numbers(4000000) SETTINGS max_threads = 1",
        ];
        await using var stream = await GroupedRowStream.OpenAsync(queries.Select(sql => client.StreamAsync(new ClickHouseQuery($"{sql} FORMAT JSONEachRow"))));

        using var read = new MemoryStream();
        await Assert.ThrowsAsync<ClickHouseException>(() => stream.CopyToAsync(read));

        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(read.ToArray()));
        await Assert.ThrowsAsync<ClickHouseException>(() => GroupedRowStream.OpenAsync([client.StreamAsync(new ClickHouseQuery("SELECT nothing"))]));
    }

    private static async Task<List<Row>> ReadAsync(GroupedReports reports, FlowSelection selection, ReportGrouping grouping)
    {
        await using var stream = await reports.StreamAsync(selection, grouping, default);
        var groups = JsonDocument.Parse(await ReadAsync(stream, 1 << 16)).RootElement.EnumerateArray()
            .Select(group => Assert.Single(group.EnumerateObject())).ToList();
        Assert.Equal(groups.Count, groups.Select(group => group.Name).Distinct().Count());
        return [.. groups.SelectMany(group => group.Value.EnumerateArray().Select(row => new Row(
            group.Name, row.GetProperty("subscriber_id").GetString()!, row.GetProperty("start_time").GetString()!,
            row.GetProperty("uuid").GetString()!, row.GetProperty("source_ip").GetString()!)))];
    }

    private static async Task<string> ReadAsync(Stream stream, int buffer)
    {
        using var text = new MemoryStream();
        var bytes = new byte[buffer];
        while (await stream.ReadAsync(bytes) is > 0 and var read)
        {
            text.Write(bytes, 0, read);
        }

        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }

    private sealed record Row(string Group, string Subscriber, string Start, string Uuid, string PodIp)
    {
        public string Time => string.Create(CultureInfo.InvariantCulture, $"{Start} {PodIp}");
    }
}
