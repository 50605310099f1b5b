using System.Text.Json;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Retention;

/// <summary>Reports do not show what has expired, nor count it in what came anew.</summary>
public sealed class ReportRetentionTests
{
    [Fact]
    public async Task Expired_flow_is_in_no_report_and_one_that_came_anew_begins_again()
    {
        await using var store = await RunningStore.StartAsync(days: 2);
        var flow = FlowEvent.Of("report", 1);
        await store.PostAsync(flow, FlowEvent.Of("report", 2));
        await store.PassAsync(days: 1);
        await store.PostAsync(flow with { TimeStamp = FlowEvent.Time(90) });
        await Patience.UntilAsync("activity is stored", async () =>
        {
            await store.Ingest.FlushAsync();
            return await store.NumberAsync("SELECT count() AS value FROM traffic_activity") == 1;
        });
        Assert.Equal((int[])[1, 2], await ObservationsAsync(store));

        await store.PassAsync(days: 2);
        Assert.Empty(await ObservationsAsync(store));
        Assert.Equal(1, await store.PostAsync(flow));
        await store.Ingest.FlushAsync();
        // Its old activity is of a day that still shows.
        Assert.Equal((int[])[1], await ObservationsAsync(store));
    }

    /// <summary>The observations of all flows, newest first: in the page, and the same in both streams, the events and the counts.</summary>
    private static async Task<int[]> ObservationsAsync(RunningStore store)
    {
        var runner = store.Client.Runner(store.Window);
        var pages = new NumberedPageReader(runner, store.Clock);
        var day = new DateTimeOffset(2026, 5, 12, 0, 0, 0, TimeSpan.Zero);
        var selection = new FlowSelection(new TimeWindow(day, day.AddDays(1)), FlowFilter.Everything, await FlowIds.OfAsync(store.Client));
        var reader = new FlowReportReader(runner, pages);

        var page = await reader.PageAsync(selection, 0, 10, default);
        var observations = page.Rows.Select(row => (int)row.Observations).ToArray();
        Assert.Equal(page.Rows.Count, page.Total);
        Assert.Equal(page.Total, (await reader.StatsAsync(selection, default)).Protocols.Sum(protocol => protocol.Count));
        var events = await new TrafficEventReader(runner, pages).PageAsync(selection, 0, 10, default);
        Assert.Equal(observations, events.Rows.Select(row => (int)row.Observations));
        foreach (var grouping in new[] { ReportGrouping.Day, ReportGrouping.Subscriber })
        {
            await using var stream = await new GroupedReports(runner, store.Clock).StreamAsync(selection, grouping, default);
            using var document = await JsonDocument.ParseAsync(stream);
            var rows = document.RootElement.EnumerateArray().SelectMany(group => group.EnumerateObject().Single().Value.EnumerateArray());
            Assert.Equal(observations, rows.Select(row => row.GetProperty("observations").GetInt32()).Reverse());
        }

        return observations;
    }
}
