using System.Globalization;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query.Filters;

/// <summary>Filters in the words of the activity audit select what they mean.</summary>
public sealed class ActivityFilterSqlTests
{
    private static readonly FilterVocabulary Vocabulary = ActivityVocabulary.Of("here");
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 14, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public async Task Render_RandomFilters_SelectWhatTheyMean(int seed)
    {
        var samples = new Samples(seed, Vocabulary);
        var flows = samples.Flows(400);
        await using var table = await RandomFlows.CreateAsync(flows);
        for (var i = 0; i < 80; i++)
        {
            var filter = samples.Filter(depth: 3);
            Assert.True(filter.Equals(FlowFilter.Parse(filter.ToString(), Now, Vocabulary)), filter.ToString());
            await AssertMeansAsync(table, flows, filter);
        }
    }

    [Fact]
    public async Task Render_EveryFieldAndOperator_SelectsWhatItMeansAndItsComplementTheRest()
    {
        var samples = new Samples(27, Vocabulary);
        var flows = samples.Flows(400);
        await using var table = await RandomFlows.CreateAsync(flows);
        string[] ofPrefixes = ["kubernetes.pod.label.app", "kubernetes.namespace.label.field.cattle.io/projectId", "agent.tag.x", "peer_label.app"];
        // Native fields have their own test; what is never known differs in nothing but the name.
        var fields = Vocabulary.Fields.Where(field => !FlowField.All.Any(native => native.Name == field.Name) || field.Name == "direction")
            .Where(field => field.Name != "id").Concat(ofPrefixes.Select(Vocabulary.Find));
        foreach (var field in fields)
        {
            foreach (var op in field.Operators)
            {
                var filter = samples.Comparison(field, op);
                var found = await AssertMeansAsync(table, flows, filter);
                var rest = await AssertMeansAsync(table, flows, FlowFilter.Not(filter));
                Assert.Equal(flows.Count, found.Count + rest.Count);
                Assert.False(found.Overlaps(rest), filter.ToString());
            }
        }
    }

    [Fact]
    public async Task Render_AnEventsId_SelectsItsFlow()
    {
        var flows = new Samples(28).Flows(60);
        await using var table = await RandomFlows.CreateAsync(flows);
        var ids = await table.Client.QueryAsync<IdOfFlow>(RandomFlows.FlowId.Bind(new ClickHouseQuery(
            $"SELECT toUUID(UUIDNumToString(t.uuid)) AS uuid, {FlowEventId.Sql("t.time_stamp", RandomFlows.FlowId.Expression)} AS id FROM traffic AS t")));
        Assert.Equal(flows.Count, ids.Select(row => row.Id).Distinct().Count());
        foreach (var row in ids)
        {
            Assert.True(FlowEventId.TryParse(row.Id.ToUpperInvariant(), out var id));
            Assert.Equal(row.Id, id.ToString());
            Assert.Equal(row.Uuid, Assert.Single(await table.AskAsync(FlowFilter.Parse($"id = {row.Id}", Now, Vocabulary))));
        }

        string[] some = [ids[0].Id, ids[1].Id.ToUpperInvariant(), new('0', 32)];
        Assert.Equal([ids[0].Uuid, ids[1].Uuid], await table.AskAsync(FlowFilter.Parse($"id in ({string.Join(", ", some)})", Now, Vocabulary)));
        Assert.Equal(flows.Count - 2, (await table.AskAsync(FlowFilter.Parse($"id not in ({string.Join(", ", some)})", Now, Vocabulary))).Count);
    }

    [Fact]
    public async Task Render_LargestFilters_AreTakenByClickHouse()
    {
        await using var table = await RandomFlows.CreateAsync();
        var (address, port) = (Vocabulary.Find("clientipv4"), Vocabulary.Find("serverport"));
        FlowFilter[] largest =
        [
            FlowFilter.Or(Enumerable.Range(0, 100).Select(i => FlowFilter.Where(port, FilterOperator.Equal, $"{i}"))),
            FlowFilter.Or(Enumerable.Range(0, 57).Select(i => FlowFilter.Where(address, FilterOperator.In, $"10.0.0.{i}"))),
            FlowFilter.Where(address, FilterOperator.In, [.. Enumerable.Range(0, 98).Select(i => $"10.{i / 256}.{i % 256}.0/24")]),
            FlowFilter.Where(Vocabulary.Find("timestamp"), FilterOperator.In, [.. Enumerable.Range(0, 390).Select(i => $"{i}")]),
            FlowFilter.Or(Enumerable.Range(0, 8).Select(i => FlowFilter.Where(Vocabulary.Find("kubernetes.service.name"), FilterOperator.Equal, $"{i}"))),
        ];
        foreach (var filter in largest)
        {
            Assert.Empty(await table.AskAsync(filter));
        }
    }

    [Fact]
    public async Task Render_Times_UseTheProjection()
    {
        await using var table = await RandomFlows.CreateAsync(new Samples(5).Flows(300));
        var plan = await table.ExplainAsync(
            FlowFilter.Parse("timestamp >= 7258118400000000000 and timestamp < 7289654400000000000", Now, Vocabulary),
            "SELECT t.uuid, t.time_stamp FROM traffic AS t WHERE", "indexes = 1, projections = 1");
        Assert.Contains("newest_first", plan, StringComparison.Ordinal);
    }

    private static async Task<HashSet<Guid>> AssertMeansAsync(RandomFlows table, IReadOnlyList<StoredFlow> flows, FlowFilter filter)
    {
        var found = await table.AskAsync(filter);
        var wrong = flows.Where(flow => NaiveFilter.Passes(filter, flow) != found.Contains(flow.Id)).ToList();
        Assert.True(
            wrong.Count == 0,
            string.Create(
                CultureInfo.InvariantCulture, $"{filter}\n{FilterSql.Render(filter, RandomFlows.FlowId).Where}\nwrong about {wrong.FirstOrDefault()}"));
        return found;
    }

    private sealed record IdOfFlow(Guid Uuid, string Id);
}
