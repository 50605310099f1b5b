using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Integration.Query.Filters;

public sealed class FilterSqlTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Render_RandomFilters_SelectWhatTheyMean(int seed)
    {
        var samples = new Samples(seed);
        var flows = samples.Flows(400);
        await using var table = await RandomFlows.CreateAsync(flows);
        for (var i = 0; i < 120; i++)
        {
            var filter = samples.Filter();
            Assert.True(filter.Equals(FlowFilter.Parse(filter.ToString())), filter.ToString());
            await AssertMeansAsync(table, flows, filter);
        }
    }

    [Fact]
    public async Task Render_EveryFieldAndOperator_SelectsWhatItMeansAndItsComplementTheRest()
    {
        var samples = new Samples(7);
        var flows = samples.Flows(400);
        await using var table = await RandomFlows.CreateAsync(flows);
        // Names differ in what they gather only.
        foreach (var field in FlowField.All.Where(field => !field.IsName || field.Name is "workload" or "peer_pod")
            .Append(FilterVocabulary.Flows.Find("peer_label.app")))
        {
            foreach (var op in field.Operators)
            {
                var filter = samples.Comparison(field, op);
                await table.ExplainAsync(filter);
                var found = await AssertMeansAsync(table, flows, filter);
                var rest = await AssertMeansAsync(table, flows, FlowFilter.Not(filter));
                Assert.Equal(flows.Count, found.Count + rest.Count);
                Assert.False(found.Overlaps(rest), filter.ToString());
            }
        }
    }

    [Fact]
    public async Task Render_HostileTexts_AreData()
    {
        StoredFlow[] flows = [.. Samples.HostileTexts.Select((text, i) => new StoredFlow { Id = Guid.NewGuid(), PodName = text, PodPort = i })];
        await using var table = await RandomFlows.CreateAsync(flows);
        foreach (var flow in flows)
        {
            FlowFilter[] filters =
            [
                FlowFilter.Where(FlowField.Pod, FilterOperator.Equal, flow.PodName!), FlowFilter.Where(FlowField.Pod, FilterOperator.In, flow.PodName!, "x"),
                FlowFilter.Where(FlowField.Pod, FilterOperator.Contains, flow.PodName!),
                FlowFilter.Where(FlowField.Pod, FilterOperator.StartsWith, flow.PodName!),
                FlowFilter.Where(FlowField.Decision, FilterOperator.NotEqual, flow.PodName!),
            ];
            foreach (var filter in filters)
            {
                Assert.Equal(filter, FlowFilter.Parse(filter.ToString()));
                Assert.Contains(flow.Id, await AssertMeansAsync(table, flows, filter));
            }
        }
    }

    [Fact]
    public async Task Render_LargestFilters_AreTakenByClickHouse()
    {
        await using var table = await RandomFlows.CreateAsync();
        var deep = FlowFilter.Where(FlowField.Pod, FilterOperator.Equal, "a");
        for (var i = 0; i < FilterLimits.Depth - 1; i++)
        {
            deep = i % 2 == 0 ? FlowFilter.And(deep, FlowFilter.Where(FlowField.Pod, FilterOperator.NotEqual, "b")) : FlowFilter.Not(deep);
        }

        Assert.Equal(deep, FlowFilter.Parse(deep.ToString()));
        FlowFilter[] largest =
        [
            deep,
            FlowFilter.Where(FlowField.Pod, FilterOperator.In, [.. Enumerable.Range(0, 1000).Select(i => $"pod-{i}")]),
            FlowFilter.Where(FlowField.Pod, FilterOperator.In, [.. Enumerable.Range(0, 7).Select(i => new string('\u2028', 1024))]),
            FlowFilter.Where(FlowField.Pod, FilterOperator.In, [.. Enumerable.Range(0, 7).Select(i => new string('\0', 1024))]),
            FlowFilter.Where(FlowField.Pod, FilterOperator.In, [.. Enumerable.Range(0, 7).Select(i => new string('\\', 1024))]),
            FlowFilter.Where(FlowField.Pod, FilterOperator.In, [.. Enumerable.Range(0, 31).Select(i => new string('%', 1024))]),
            FlowFilter.Or(Enumerable.Range(0, 800).Select(i => FlowFilter.Where(FlowField.PeerPort, FilterOperator.Equal, $"{i}"))),
            FlowFilter.Or(Enumerable.Range(0, 200).Select(i => FlowFilter.Where(FlowField.PeerIp, FilterOperator.In, $"10.0.0.{i}", $"fe80::{i}"))),
            FlowFilter.Where(FlowField.PeerIp, FilterOperator.In, [.. Enumerable.Range(0, 1000).Select(i => $"fe80::{i:x}:1")]),
            FlowFilter.Where(FlowField.PeerIp, FilterOperator.In, [.. Enumerable.Range(0, 199).Select(i => $"10.{i / 256}.{i % 256}.0/24")]),
            FlowFilter.Where(FlowField.PeerIp, FilterOperator.In, [.. Enumerable.Range(0, 199).Select(i => $"fe80:{i:x}::/48")]),
            FlowFilter.Or(Enumerable.Range(0, 400).Select(i => FlowFilter.Where(FlowField.Search, FilterOperator.Contains, $"pod-{i}"))),
            FlowFilter.Or(Enumerable.Range(0, 16).Select(i => FlowFilter.Where(FlowField.LastSeen, FilterOperator.Equal, $"2026-01-{i + 1:00}"))),
        ];
        foreach (var filter in largest)
        {
            Assert.Empty(await table.AskAsync(filter));
        }
    }

    [Theory]
    [InlineData("pod = api", "pod_name_index")]
    [InlineData("pod in (api, web) and namespace = default", "pod_name_index")]
    [InlineData("pod_ip = 10.0.0.1", "pod_ip in 1-element set")]
    [InlineData("pod_ip in (10.0.0.1, 10.0.0.2)", "pod_ip in 2-element set")]
    [InlineData("pod_ip in 10.1.0.0/16", "pod_ip in ['10.1.', '10.1/')")]
    [InlineData("pod_ip in 2001:db8::/32", "pod_ip in ['2', '3')")]
    [InlineData("pod_ip startsWith 10.1", "pod_ip in ['10.1', '10.2')")]
    public async Task Render_IndexedField_UsesTheIndex(string text, string expected)
    {
        await using var table = await RandomFlows.CreateAsync(new Samples(5).Flows(50));
        Assert.Contains(expected, await table.ExplainAsync(FlowFilter.Parse(text), kind: "indexes = 1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Render_Time_UsesTheProjection()
    {
        await using var table = await RandomFlows.CreateAsync(new Samples(5).Flows(300));
        var plan = await table.ExplainAsync(
            FlowFilter.Parse("time >= 2200-01-01 and time < 2250-01-01"),
            "SELECT t.uuid, t.time_stamp FROM traffic AS t WHERE", "indexes = 1, projections = 1");
        Assert.Contains("newest_first", plan, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ActivityWithoutAFlowId_IsAProgrammersError() =>
        Assert.Throws<InvalidOperationException>(() => FilterSql.Render(FlowFilter.Parse("observations > 3")));

    private static async Task<HashSet<Guid>> AssertMeansAsync(RandomFlows table, IReadOnlyList<StoredFlow> flows, FlowFilter filter)
    {
        var found = await table.AskAsync(filter);
        var wrong = flows.Where(flow => NaiveFilter.Passes(filter, flow) != found.Contains(flow.Id)).ToList();
        Assert.True(wrong.Count == 0, $"{filter}\n{FilterSql.Render(filter, RandomFlows.FlowId).Where}\nwrong about {wrong.FirstOrDefault()}");
        return found;
    }
}
