using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Servers;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>
/// What the server asks of ClickHouse for a read, asked by the bench itself: same SQL, same settings, same format. The scenarios are called as those of
/// <see cref="ReadScenarios"/> that they are the peers of.
/// </summary>
internal static class DirectReads
{
    public static IReadOnlyList<ReadOptions> All(AgentFleet fleet, int requests, int streams)
    {
        // As wide as the window of 24 hours that the native routes ask for.
        var now = DateTimeOffset.UtcNow;
        var everything = new ShownFlows(new FlowSelection(new TimeWindow(now.AddDays(-1), now), FlowFilter.Everything), default);
        return
        [
            new("newest 100", PathOf(Traffic(limit: 100), RowFormat.JsonArray), requests, requests / 10),
            new("unbounded", PathOf(Traffic(limit: null), RowFormat.JsonArray), streams, Warmup: 1) { ExpectedRows = fleet.Flows },
            new("page, newest", PathOf(Native(limit: 100, RowFormat.JsonLines), RowFormat.JsonLines), requests, requests / 10),
            new("export, ndjson", Export(RowFormat.JsonLines), streams, Warmup: 1) { ExpectedRows = fleet.Flows },
            new("export, csv", Export(RowFormat.Csv), streams, Warmup: 1) { RowMark = '\n', OtherMarks = 1, ExpectedRows = fleet.Flows },
            new("export, arrow", Export(RowFormat.Arrow), streams, Warmup: 1) { RowMark = null },
            new("export, parquet", Export(RowFormat.Parquet), streams, Warmup: 1) { RowMark = null },
        ];

        string Export(RowFormat format) => PathOf(Native(limit: null, format), format);

        ClickHouseQuery Native(long? limit, RowFormat format) =>
            FlowReader.StreamQuery(everything, RowSelect.Columns(FlowTable.Shown, format), newestFirst: true, limit).WithGranulesCounted();
    }

    private const string Kept = "t.arrival_day >= {oldest:Date}";

    // The statement of BrokerTrafficReader.AllAsync, with nothing expired.
    private static ClickHouseQuery Traffic(long? limit)
    {
        var query = new ClickHouseQuery($"""
            SELECT {RowSelect.Posted()} FROM traffic AS t
            WHERE {Kept}{(limit is null ? "" : $" AND {FlowOrder.First(Kept, newestFirst: true, "{limit:UInt64}")}")}
            ORDER BY {FlowOrder.NewestFirst} {(limit is null ? "" : "LIMIT {limit:UInt64}")}
            """)
            .With("oldest", DateOnly.FromDateTime(DateTime.UnixEpoch))
            .WithSetting("max_block_size", "8192")
            .WithSetting("read_in_order_use_buffering", "0");
        return limit is { } rows ? query.With("limit", rows) : query;
    }

    private static string PathOf(ClickHouseQuery query, RowFormat format) => DirectNode.PathOf(query.InFormat(format));
}
