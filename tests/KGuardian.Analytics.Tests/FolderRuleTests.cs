using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Tests;

/// <summary>The library's layers, as its folders: Engine knows ClickHouse and not traffic, Ingest and Query use it and not each other.</summary>
public class FolderRuleTests
{
    [Theory]
    [InlineData("Engine", "Ingest|Query|Topology|Audit")]
    [InlineData("Ingest", "Query")]
    [InlineData("Query", "Ingest")]
    public void Folder_refers_to_no_other_it_must_not_know(string folder, string forbidden)
    {
        var sources = Directory.GetFiles(Path.Combine(Library(), folder), "*.cs", SearchOption.AllDirectories);
        // In a using, or qualified in code: a word of a comment is neither.
        var reference = new Regex($@"(KGuardian\.Analytics\.({forbidden})\b)|(?<![\w.""/])({forbidden})\.[A-Z]\w*[\s(<;,.)]");

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.All(
            File.ReadLines(source).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)),
            line => Assert.DoesNotMatch(reference, line)));
    }

    [Fact]
    public void Namespace_of_a_source_is_its_folder()
    {
        foreach (var folder in Directory.GetDirectories(Library()).Where(folder => Path.GetFileName(folder) is not ("bin" or "obj")))
        {
            Assert.All(
                Directory.GetFiles(folder, "*.cs"),
                source => Assert.Contains($"namespace KGuardian.Analytics.{Path.GetFileName(folder)};", File.ReadLines(source)));
        }
    }

    private static string Library()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "KGuardian.Analytics.sln")))
            {
                return Path.Combine(at.FullName, "src", "KGuardian.Analytics");
            }
        }

        throw new DirectoryNotFoundException($"No solution above {AppContext.BaseDirectory}.");
    }
}
