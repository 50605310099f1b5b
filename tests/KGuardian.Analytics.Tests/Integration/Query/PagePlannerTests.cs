using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>Pages of rare and of frequent values read little, each its own way.</summary>
public sealed class PagePlannerTests(FrequentAndRareFlows flows) : IClassFixture<FrequentAndRareFlows>
{
    private static readonly TimeWindow Window = new(new(2026, 5, 12, 0, 0, 0, TimeSpan.Zero), new(2026, 5, 13, 0, 0, 0, TimeSpan.Zero));

    private readonly FlowReader _reader = new(flows.Client.Runner(), TimeProvider.System);

    [Theory]
    [InlineData("peer_ip = 2001:db8::7", 2)]
    [InlineData("namespace = rare", 2)]
    [InlineData("peer_ip = 10.96.0.10", 100)]
    [InlineData("namespace = ns", 100)]
    [InlineData("peer_ip = 192.0.2.1", 0)]
    public async Task Page_of_a_value_reads_a_small_part_of_the_table(string filter, int expected)
    {
        var selection = new FlowSelection(Window, FlowFilter.Parse(filter));

        var (rows, next) = await _reader.PageAsync(selection, FlowTable.Shown, newestFirst: true, after: null, limit: 100, default);

        Assert.Equal(expected, rows.Count);
        Assert.Equal(expected == 100, next is not null);
        Assert.InRange(rows.Summary.ReadRows, 0, FrequentAndRareFlows.Rows / 8);
    }
}
