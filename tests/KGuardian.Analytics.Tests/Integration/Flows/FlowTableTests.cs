using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Server.OpenApi;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Flows;

/// <summary>The list of columns is what the migrations made of the table, its views and indexes, and what agents may send.</summary>
public sealed class FlowTableTests() : DatabaseTest(isMigrated: true)
{
    [Fact]
    public async Task Columns_are_those_of_the_table_in_its_order()
    {
        var columns = await LinesAsync(
            "SELECT name || ' ' || replaceRegexpOne(type, '^LowCardinality\\\\((.*)\\\\)$', '\\\\1') "
            + "FROM system.columns WHERE database = currentDatabase() AND table = 'traffic' ORDER BY position");

        Assert.Equal(FlowTable.Columns.Select(column => $"{column.Name} {column.Type.Sql}"), columns);
    }

    [Fact]
    public async Task Key_is_the_tables()
    {
        var key = await LinesAsync("SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = 'traffic'");

        Assert.Equal([FlowTable.Names(FlowTable.Key)], key);
    }

    [Fact]
    public async Task Projection_in_order_of_time_has_every_column_that_rows_show()
    {
        var columns = await LinesAsync("""
            SELECT arrayJoin(splitByRegexp(',\\s*', extract(query, 'SELECT (.*) ORDER BY'))) FROM system.projections
            WHERE database = currentDatabase() AND table = 'traffic' AND name = 'newest_first'
            """);

        Assert.NotEmpty(columns);
        Assert.Empty(FlowTable.Shown.Select(column => column.Name).Except(columns));
    }

    [Fact]
    public async Task View_flows_has_every_column_that_rows_show_and_the_texts_of_ports()
    {
        var columns = await LinesAsync("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'flows'");

        var texts = FlowTable.Columns.Where(column => column.Type == ColumnType.Port).Select(column => $"{column.Name}_text");
        Assert.Equal(FlowTable.Shown.Select(column => column.Name).Concat(texts).Concat(["arrival_day", "flow_id"]).Order(), columns.Order());
    }

    [Fact]
    public async Task Skip_indexes_that_are_named_are_there()
    {
        var indexes = await LinesAsync("SELECT name FROM system.data_skipping_indices WHERE database = currentDatabase() AND table = 'traffic'");

        Assert.Equal(["peer_address_index", "pod_namespace_index"], FlowTable.Columns.Select(column => column.SkipIndex).OfType<string>().Order());
        Assert.Empty(FlowTable.Columns.Select(column => column.SkipIndex).OfType<string>().Except(indexes));
    }

    [Fact]
    public void Columns_that_rows_show_are_the_fields_of_an_event() =>
        Assert.Equal(
            Enum.GetValues<EventField>().Order(),
            FlowTable.Shown.Select(column => EventFieldNames.Find(Encoding.UTF8.GetBytes(column.Name))).Order());

    [Fact]
    public void Document_of_the_API_has_every_column_that_rows_show()
    {
        var schemas = new ApiComponents().Schemas;

        var shown = FlowTable.Shown.Select(column => column.Name).ToArray();
        Assert.Equal(shown, schemas["Flow"].Properties!.Keys);
        // Rows of the native API have names on request, too.
        Assert.Equal(shown.Concat(FlowName.All.Select(name => name.Name)), schemas["FlowRow"].Properties!.Keys);
        Assert.Equal(
            FlowTable.OfSeveral.Select(column => column.Name).Concat(["flows", "first_seen", "newest_first_seen"]),
            schemas["CollapsedFlow"].Properties!.Keys);
        Assert.All(FlowTable.Shown, column => Assert.StartsWith(column.Text!, schemas["Flow"].Properties![column.Name].Description, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_of_fields_are_each_ones_own()
    {
        var names = FlowTable.Columns.SelectMany(column => column.Aliases.Append(column.Name).Append(column.Field ?? column.Name).Distinct()).ToArray();

        Assert.Equal(names.Distinct(), names);
    }

    private async Task<string[]> LinesAsync(string sql) =>
        (await Database.SqlAsync(sql)).Replace(@"\'", "'", StringComparison.Ordinal)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
