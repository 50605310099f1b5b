using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query.Reports;

/// <summary>The SQL of reports, asked of the real engine.</summary>
public sealed class ReportSqlTests
{
    private static readonly DateTimeOffset From = new(2026, 5, 12, 0, 0, 0, TimeSpan.Zero);

    private static readonly FlowSelection Selection = new(
        new TimeWindow(From, From.AddDays(7)),
        FlowFilter.And(PodId.Filter("ns/it's"), FlowEndpoint.Parse("10.0.0.0/8:443")!.IsSource, FlowEndpoint.Parse("[::1]:1")!.IsDestination),
        FlowIds.Of(new byte[16]));

    [Fact]
    public async Task Every_query_is_explained_by_the_engine()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        foreach (var query in Queries())
        {
            await client.ExecuteAsync(query with
            {
                Sql = $"EXPLAIN indexes = 1, projections = 1 {query.Sql.Replace("\nFORMAT JSONEachRow", "", StringComparison.Ordinal)}",
            });
        }
    }

    [Fact]
    public async Task Page_and_slice_of_days_read_the_projection_in_order()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        await database.SqlAsync("""
            INSERT INTO traffic (uuid, pod_name, pod_ip, time_stamp, arrival_day, version)
            SELECT UUIDStringToNum(toString(generateUUIDv4(number))), 'a', toString(number), toDateTime64('2026-05-12', 6, 'UTC') + number / 10, '2026-05-12', 1
            FROM numbers(400000)
            """);
        var all = (Selection with { Filter = FlowFilter.Everything }).Shown();

        var page = await client.QueryAsync<Plan>(Explain(FlowReportReader.PageQuery(all, 100, 25)));
        Assert.Contains(page, line => line.Explain.Contains("newest_first", StringComparison.Ordinal));
        Assert.Contains(page, line => line.Explain.Contains("InReverseOrder", StringComparison.Ordinal));
        var slice = new ReportSlice("", TimeWindow.Micros(From.AddHours(2)));
        var read = await client.QueryAsync<Plan>(Explain(slice
            .Bind(GroupedReports.SliceQuery(all, ReportGrouping.Day), new ReportSlice("", TimeWindow.Micros(From.AddHours(1))))
            .With("newest", new DateOnly(2026, 6, 1))));
        Assert.Contains(read, line => line.Explain.Contains("newest_first", StringComparison.Ordinal));

        static ClickHouseQuery Explain(ClickHouseQuery query) =>
            (query with
            {
                Sql = $"EXPLAIN indexes = 1, projections = 1, actions = 1 {query.Sql.Replace("\nFORMAT JSONEachRow", "", StringComparison.Ordinal)}",
            }).WithGranulesCounted();
    }

    [Fact]
    public async Task Protocol_number_in_SQL_is_the_one_of_names()
    {
        await using var database = await SharedNode.CreateDatabaseAsync();
        using var client = database.Client();
        string[] texts =
        [
            .. IpProtocols.Names, .. Enumerable.Range(0, 260).SelectMany(number => new[] { $"{number}", $"UNKNOWN({number})" }),
            "tcp", "icmpv6", "unknown(7)", "", "06", "+6", "-1", " 6", "6 ", "UNKNOWN()", "UNKNOWN(", "UNKNOWN(6", "UNKNOWN", ")", "UNKNOWN(06)",
            "HTTP", "99999999999", "ünï", "6\0",
        ];
        foreach (var text in texts)
        {
            var query = new ClickHouseQuery(
                $"SELECT {IpProtocols.NumberSql("t.p")} AS value FROM (SELECT toLowCardinality(toNullable({{text:String}})) AS p) AS t")
                .With("text", text);
            Assert.Equal(
                (text, IpProtocols.TryNumber(text, out var number) ? number : (int?)null),
                (text, (await client.QuerySingleAsync<Number>(query)).Value));
        }
    }

    private static IEnumerable<ClickHouseQuery> Queries()
    {
        yield return FlowReportReader.PageQuery(Selection.Shown(), 25, 25);
        yield return TrafficEventReaderPage();
        yield return NumberedPageReader.CountQuery(Selection.Shown());
        yield return NumberedPageReader.ActivityQuery([0, ulong.MaxValue], new DateOnly(1970, 1, 1));
        yield return FlowReportReader.ProtocolsQuery(Selection.Shown());
        yield return FlowReportReader.DestinationsQuery(Selection.Shown());
        yield return TrafficEventReader.PodsQuery(["10.0.0.1", "it's\\ \"x\""], new DateOnly(1970, 1, 1));
        foreach (var grouping in new[] { ReportGrouping.Day, ReportGrouping.Subscriber })
        {
            var newest = new DateOnly(2026, 6, 1);
            yield return GroupedReports.PlanQuery(Selection.Shown(), grouping, 10).With("newest", newest);
            yield return new ReportSlice("b\"\\'", 2).Bind(GroupedReports.SliceQuery(Selection.Shown(), grouping), ReportSlice.Begin).With("newest", newest);
        }
    }

    private static ClickHouseQuery TrafficEventReaderPage() => TrafficEventReader.PageQuery(Selection.Shown(), 0, 1000);

    private sealed record Plan(string Explain);

    private sealed record Number(int? Value);
}
