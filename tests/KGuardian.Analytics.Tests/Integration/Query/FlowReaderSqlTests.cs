using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Tail;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Tests.Integration.Query.Filters;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>Every text of SQL is understood by the engine.</summary>
public sealed class FlowReaderSqlTests
{
    private static readonly DateTimeOffset From = new(2026, 5, 12, 0, 0, 0, TimeSpan.Zero);

    private static readonly FlowSelection Selection =
        new(new TimeWindow(From, From.AddDays(1)), FlowFilter.Parse("pod = \"it's\" and peer_ip in (10.0.0.0/8, ::1) or not peer_port > 80 and search = x"));

    [Fact]
    public async Task Every_query_is_explained_by_the_engine()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        foreach (var query in Queries())
        {
            await client.ExecuteAsync(query with { Sql = $"EXPLAIN indexes = 1, projections = 1 {query.Sql}" });
        }
    }

    [Fact]
    public async Task Estimate_bounds_the_count()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        await InsertAsync(database);
        using var client = database.Client();
        var counter = new FlowAggregates(client.Runner());
        var window = new TimeWindow(From.AddSeconds(1000), From.AddSeconds(3000));

        var all = await counter.EstimateAsync(new FlowSelection(window, FlowFilter.Everything), default);
        var some = await counter.EstimateAsync(new FlowSelection(window, FlowFilter.Parse("peer_ip exists")), default);

        Assert.InRange(200_000, all.AtLeast, all.AtMost);
        Assert.InRange(all.Error, 0, 10_000);
        Assert.Equal(0, some.AtLeast);
        Assert.InRange(some.AtMost, 0, 220_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Page_behind_a_cursor_reads_little_of_the_projection(bool newestFirst)
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        await InsertAsync(database);
        using var client = database.Client();
        var after = new FlowKeyset(TimeWindow.Micros(From.AddSeconds(2000)), new FlowIdentity(null, 0, null, null, 0, null, null));

        var rows = await JsonRows.ReadAsync(
            client,
            FlowReader.PageQuery(new FlowSelection(Selection.Window, FlowFilter.Everything).Shown(), FlowTable.Shown, newestFirst, after, 100),
            100, default);

        Assert.Equal((100, true), (rows.Count, rows.IsCut));
        // Of 200,000 behind it; how far threads have read ahead when the page is full differs.
        Assert.InRange(rows.Summary.ReadRows, 101, 100_000);
    }

    // 400,000 flows, a hundred a second.
    private static Task<string> InsertAsync(TestDatabase database) =>
        database.SqlAsync("""
            INSERT INTO traffic (uuid, pod_name, pod_ip, time_stamp, arrival_day, version)
            SELECT UUIDStringToNum(toString(generateUUIDv4(number))), 'a', toString(number), toDateTime64('2026-05-12', 6, 'UTC') + number / 100, '2026-05-12', 1
            FROM numbers(400000)
            """);

    private static IEnumerable<ClickHouseQuery> Queries()
    {
        var after = new FlowKeyset(1, new FlowIdentity("31", -1, null, "", 5, "54", null));
        foreach (var newestFirst in new[] { true, false })
        {
            yield return FlowReader.PageQuery(Selection.Shown(), FlowTable.Shown, newestFirst, null, 10);
            yield return FlowReader.PageQuery(Selection.Shown(), [FlowTable.FindShown("decision")!], newestFirst, after, 10);
            foreach (var format in Enum.GetValues<RowFormat>())
            {
                yield return FlowReader.StreamQuery(Selection.Shown(), new RowOutput(format, FlowTable.Shown).Select, newestFirst, null);
            }

            yield return FlowReader.StreamQuery(
                Selection.Shown(), new RowOutput(RowFormat.Parquet, [FlowTable.FindShown("time_stamp")!]).Select, newestFirst, 10);
        }

        yield return FlowAggregates.CollapsedQuery(Selection.Shown(), [FlowTable.FindShown("pod_port")!, FlowTable.FindShown("decision")!], true, 10);
        yield return FlowAggregates.CollapsedQuery(Selection.Shown(), [FlowTable.FindShown("traffic_in_out_port")!], false, 10);
        yield return FlowReader.MoreQuery(Selection.Shown(), 10);
        yield return PagePlanner.IndexedQuery(Selection.Shown());
        yield return FlowAggregates.CountQuery(Selection.Shown());
        yield return SeriesSql.NewQuery(Selection.Shown(), TimeSpan.FromMinutes(5));
        yield return TailReader.Query(Selection.Filter, FlowTable.Shown, default, 1, 2);
        using var client = new ClickHouseClient(
            [new ClickHouseEndpoint(new Uri("http://127.0.0.1:1"), "", "")], new ClickHouseClientOptions(), NullLogger<ClickHouseClient>.Instance);
        var counter = new FlowAggregates(client.Runner());
        foreach (var filter in new[] { FlowFilter.Everything, Selection.Filter, FlowFilter.Parse("observations > 3 and last_seen < -1h") })
        {
            var active = (Selection with { Filter = filter, FlowId = RandomFlows.FlowId }).Shown();
            yield return SeriesSql.ActiveQuery(active, TimeSpan.FromHours(1));
            yield return counter.TopObservedQuery(active, FlowDimension.Of("pod", "peer_port"), true, 10);
        }

        foreach (var collapsePorts in new[] { true, false })
        {
            yield return FlowAggregates.EdgesQuery(Selection.Shown(), FlowDimension.All, collapsePorts, 10);
            foreach (var dimension in FlowDimension.All)
            {
                yield return FlowAggregates.TopQuery(Selection.Shown(), [dimension], collapsePorts, 10);
            }
        }
    }
}
