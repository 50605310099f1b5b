using System.Globalization;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public sealed class ClickHouseClientTests() : DatabaseTest(isMigrated: false)
{
    [Fact]
    public async Task Execute_of_commands_takes_effect_in_the_clients_database()
    {
        await Client.ExecuteAsync(new ClickHouseQuery("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a"));
        await Client.ExecuteAsync(new ClickHouseQuery("INSERT INTO t VALUES (1), (2)"));

        Assert.Equal("3", await Sql.RunAsync(Database.Endpoint, $"SELECT sum(a) FROM {Database.Name}.t"));
        Assert.Equal(Database.Name, Client.Database);
    }

    [Fact]
    public async Task Query_naming_a_database_uses_that_one()
    {
        var row = await Client.QuerySingleAsync<string>(
            new ClickHouseQuery("SELECT currentDatabase() AS value") { Database = "system" });

        Assert.Equal("system", row);
    }

    [Fact]
    public async Task Query_of_typed_rows_keeps_nulls_numbers_and_text()
    {
        var rows = await Client.QueryAsync<Row>(new ClickHouseQuery("""
            SELECT * FROM (
            SELECT 18446744073709551615 AS big_number, -9223372036854775808 AS small_number, NULL AS maybe_text, 'ünïcødé "\\ \n\t\0 😀' AS some_text, 0.5 AS a_fraction
            UNION ALL
            SELECT 0, 9223372036854775807, '', 'x', -0.25)
            ORDER BY a_fraction DESC
            """));

        Assert.Equal(
            [
                new Row(ulong.MaxValue, long.MinValue, null, "ünïcødé \"\\ \n\t\0 😀", 0.5),
                new Row(0, long.MaxValue, "", "x", -0.25),
            ],
            rows);
    }

    [Fact]
    public async Task Query_of_many_rows_gives_all_in_order()
    {
        var rows = await Client.QueryAsync<long>(new ClickHouseQuery("SELECT number AS value FROM numbers(200000) ORDER BY number"));

        Assert.Equal(200_000, rows.Count);
        Assert.All(rows.Index(), row => Assert.Equal(row.Index, row.Item));
    }

    [Fact]
    public async Task Query_without_rows_gives_none() =>
        Assert.Empty(await Client.QueryAsync<long>(new ClickHouseQuery("SELECT number AS value FROM numbers(0)")));

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task QuerySingle_of_no_or_several_rows_throws_with_the_query_id(int rows)
    {
        var query = new ClickHouseQuery("SELECT number AS value FROM numbers({rows:UInt8})") { QueryId = Id() }.With("rows", rows);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => Client.QuerySingleAsync<long>(query));

        Assert.Equal(query.QueryId, error.QueryId);
        Assert.Contains(rows.ToString(CultureInfo.InvariantCulture), error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_gives_ClickHouses_own_bytes_and_counts_them()
    {
        await using var result = await Client.StreamAsync(new ClickHouseQuery("SELECT number, 'ä' FROM numbers(3) FORMAT CSV"));
        using var reader = new StreamReader(result.Body);

        Assert.Equal("0,\"ä\"\n1,\"ä\"\n2,\"ä\"\n", await reader.ReadToEndAsync());
        Assert.Equal(21, result.BytesRead);
    }

    [Fact]
    public async Task Setting_of_a_query_reaches_ClickHouse()
    {
        var row = await Client.QuerySingleAsync<string>(
            new ClickHouseQuery("SELECT getSetting('max_block_size')::String AS value").WithSetting("max_block_size", "1234"));

        Assert.Equal("1234", row);
    }

    [Fact]
    public async Task Query_with_an_id_is_found_under_it_while_it_runs_and_in_the_log()
    {
        var id = Id();
        await using (var result = await Client.StreamAsync(Endless(id)))
        {
            Assert.Equal(id, result.QueryId);
            Assert.Equal("1", await CountAsync($"system.processes WHERE query_id = '{id}'"));
        }

        await Client.ExecuteAsync(new ClickHouseQuery("SELECT 1") { QueryId = id + "-done" });
        // A query is logged a moment after its last byte.
        await Patience.UntilAsync(async () =>
        {
            await Database.SqlAsync("SYSTEM FLUSH LOGS query_log");
            return await CountAsync($"system.query_log WHERE query_id = '{id}-done' AND type = 'QueryFinish'") == "1";
        });
    }

    [Fact]
    public async Task Queries_without_an_id_get_different_ones_that_name_the_product()
    {
        await using var first = await Client.StreamAsync(new ClickHouseQuery("SELECT 1"));
        await using var second = await Client.StreamAsync(new ClickHouseQuery("SELECT 1"));

        Assert.NotEqual(first.QueryId, second.QueryId);
        Assert.StartsWith("kguardian-", first.QueryId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamWithTable_reads_the_table_sent_along_beside_parameters()
    {
        using var block = new MemoryStream();
        await using (var made = await Client.StreamAsync(new ClickHouseQuery("SELECT number AS a, toString(number) AS b FROM numbers(1000) FORMAT Native")))
        {
            await made.Body.CopyToAsync(block);
        }

        await using var result = await Client.StreamWithTableAsync(
            new ClickHouseQuery("SELECT sum(a), max(b), {text:String} FROM sent FORMAT TSV").With("text", "it's {a:String} & =?"),
            "sent", "a UInt64, b String", block.ToArray());
        using var reader = new StreamReader(result.Body);

        Assert.Equal("499500\t999\tit\\'s {a:String} & =?\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task Ping_of_a_server_that_is_there_ends_well() => await Client.PingAsync(Client.Pool.Current, Patience.Limit);

    private static string Id() => $"test-{Guid.NewGuid():N}";

    private static ClickHouseQuery Endless(string id) =>
        new ClickHouseQuery("SELECT number FROM system.numbers FORMAT TSV") { QueryId = id };

    private Task<string> CountAsync(string from) => Database.SqlAsync($"SELECT count() FROM {from}");

    private sealed record Row(ulong BigNumber, long SmallNumber, string? MaybeText, string SomeText, double AFraction);
}
