using System.Text.RegularExpressions;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;

namespace KGuardian.Analytics.Tests.Integration.Cluster;

/// <summary>The schema of shards with replicas: no Keeper is here to run it, but ClickHouse parses it.</summary>
public sealed class ReplicatedEnginesTests
{
    [Fact]
    public async Task Every_table_of_the_schema_is_replicated_and_the_rest_is_as_it_was()
    {
        await using var database = await SharedNode.CreateDatabaseAsync();
        using var client = database.Client();
        var tables = 0;
        foreach (var statement in StoreSchema.Migrations.SelectMany(migration => migration.Statements()))
        {
            var rewritten = ReplicatedEngines.Rewrite(statement);

            // Comments are not part of what is parsed.
            var plain = await FormatAsync(client, statement);
            var replicated = await FormatAsync(client, rewritten);
            var restored = replicated
                .Replace("'/clickhouse/tables/{shard}/{database}/{table}', '{replica}', ", "", StringComparison.Ordinal)
                .Replace("('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')", "", StringComparison.Ordinal)
                .Replace("ENGINE = Replicated", "ENGINE = ", StringComparison.Ordinal);
            Assert.Equal(plain, restored);
            tables += Regex.Count(plain, "ENGINE = ");
            Assert.Equal(Regex.Count(plain, "ENGINE = "), Regex.Count(replicated, "ENGINE = Replicated"));
        }

        Assert.True(tables >= 5);
    }

    [Theory]
    [InlineData("ENGINE = MergeTree\nORDER BY x", "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')\nORDER BY x")]
    [InlineData(
        "ENGINE=ReplacingMergeTree( version )",
        "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}', version)")]
    [InlineData("ENGINE = ReplicatedMergeTree('a', 'b')", "ENGINE = ReplicatedMergeTree('a', 'b')")]
    [InlineData("-- ENGINE = MergeTree", "-- ENGINE = MergeTree")]
    [InlineData("ALTER TABLE traffic ADD COLUMN x UInt8", "ALTER TABLE traffic ADD COLUMN x UInt8")]
    public void Engine_at_a_lines_begin_is_replicated(string statement, string expected) => Assert.Equal(expected, ReplicatedEngines.Rewrite(statement));

    private static async Task<string> FormatAsync(ClickHouseClient client, string statement) =>
        (await client.QuerySingleAsync<Formatted>(new ClickHouseQuery("SELECT formatQuery({statement:String}) AS value").With("statement", statement))).Value;

    private sealed record Formatted(string Value);
}
