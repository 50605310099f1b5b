using System.Text.RegularExpressions;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Migrations;

namespace KGuardian.Analytics.Tests.Unit.Engine;

public class MigrationTests
{
    public static TheoryData<int> Versions => [.. StoreSchema.Migrations.Select(migration => migration.Version)];

    [Theory]
    [MemberData(nameof(Versions))]
    public void Statements_of_an_embedded_file_are_commands_without_their_semicolons(int version)
    {
        var statements = StoreSchema.Migrations[version - 1].Statements().ToArray();

        Assert.NotEmpty(statements);
        Assert.All(statements, statement =>
        {
            var code = Regex.Replace(statement, "--[^\n]*", "").Trim();
            Assert.Matches("^(CREATE|ALTER|DROP|INSERT|RENAME|OPTIMIZE)", code);
            Assert.DoesNotContain(';', code);
        });
    }

    [Fact]
    public void All_is_numbered_from_one_without_gaps() =>
        Assert.Equal(Enumerable.Range(1, StoreSchema.Migrations.Count), StoreSchema.Migrations.Select(migration => migration.Version));

    [Fact]
    public void Statements_of_several_keep_semicolons_inside_lines_and_comments()
    {
        var migration = new Migration(1, "x", "SELECT ';' AS a,\n-- not the end;\n  1;\n\nSELECT 2;\n");

        Assert.Equal(["SELECT ';' AS a,\n-- not the end;\n  1", "\nSELECT 2"], migration.Statements());
    }

    [Fact]
    public void Statements_without_a_last_semicolon_name_the_file()
    {
        var error = Assert.Throws<InvalidDataException>(() => new Migration(7, "half", "SELECT 1;\nSELECT 2").Statements().ToArray());

        Assert.Contains("0007_half", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checksum_changes_with_the_text_and_with_nothing_else()
    {
        Assert.Equal(new Migration(1, "a", "SELECT 1;").Checksum, new Migration(2, "b", "SELECT 1;").Checksum);
        Assert.NotEqual(new Migration(1, "a", "SELECT 1;").Checksum, new Migration(1, "a", "SELECT 1; ").Checksum);
    }
}
