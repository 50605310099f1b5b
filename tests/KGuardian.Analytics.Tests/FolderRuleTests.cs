using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Packages;

namespace KGuardian.Analytics.Tests;

/// <summary>The layers, as folders: what a source refers to outside its own is written here, and a further reference is a decision.</summary>
public sealed partial class FolderRuleTests
{
    private const string Root = "KGuardian.Analytics";

    /// <summary>What a folder of the library knows besides itself: Engine knows ClickHouse and not traffic, Ingest and Query not each other.</summary>
    private static readonly Dictionary<string, string[]> Known = new()
    {
        ["Administration"] = ["Engine"],
        ["Backups"] = ["Clocks", "Engine", "Ingest", "Retention"],
        ["Clocks"] = ["Administration", "Engine"],
        ["Diagnosis"] = ["Backups", "Clocks", "Engine", "Ingest", "Retention"],
        ["Engine"] = [],
        ["Ingest"] = ["Engine", "Retention"],
        ["Query"] = ["Engine", "Retention"],
        ["Retention"] = ["Clocks", "Engine"],
        ["Storage"] = ["Engine"],
    };

    /// <summary>References of the server's folders that close a circle today; none may be added, and one that ends is to be struck out.</summary>
    private static readonly string[] Circles =
    [
        "Api -> Auth", "Api -> Caching", "Api -> Http", "Api -> Limits", "Api -> Metrics", "Api -> OpenApi", "Api -> Settings", "Auth -> Api",
        "Auth -> Settings", "Caching -> Auth", "Caching -> Settings", "Http -> Api", "Http -> Settings", "Limits -> Api", "Limits -> Auth",
        "Limits -> Settings", "Metrics -> Settings", "OpenApi -> Auth", "Settings -> Auth", "Settings -> Http",
    ];

    [Fact]
    public void Folder_of_the_library_refers_to_those_only_that_it_may_know()
    {
        var references = References("");

        Assert.Equal(Known.Keys.Order(), Folders("").Select(Top).Distinct().Order());
        Assert.DoesNotContain(references, edge => !Known[edge.From].Contains(edge.To));
        Assert.Empty(InCircles(references));
    }

    [Fact]
    public void Folders_of_the_server_are_in_no_circle_that_is_not_written_down() =>
        Assert.Equal(Circles.Order(), InCircles(References(".Server")).Order());

    [Theory]
    [InlineData("")]
    [InlineData(".Server")]
    public void Namespace_of_a_source_is_its_folder(string project)
    {
        Assert.NotEmpty(Sources(project));
        Assert.All(Sources(project), source =>
        {
            var folder = Path.GetDirectoryName(Path.GetRelativePath(Directory(project), source))!.Replace('/', '.');
            var lines = File.ReadLines(source).Where(line => line.StartsWith("namespace ", StringComparison.Ordinal));
            // Program.cs has statements only.
            Assert.All(lines, line => Assert.Equal($"namespace {Root}{project}{(folder.Length > 0 ? "." : "")}{folder};", line));
            Assert.True(lines.Any() || Path.GetFileName(source) == "Program.cs" || !File.ReadAllText(source).Contains("class ", StringComparison.Ordinal), source);
        });
    }

    private static string Directory(string project) => Repository.At("src", Root + project);

    private static string[] Sources(string project) =>
        [.. System.IO.Directory.GetFiles(Directory(project), "*.cs", SearchOption.AllDirectories).Where(path => !BuildOutput().IsMatch(path))];

    /// <summary>Folders with sources, relative; none for the project's own.</summary>
    private static IEnumerable<string> Folders(string project) =>
        Sources(project).Select(source => Path.GetDirectoryName(Path.GetRelativePath(Directory(project), source))!).Where(folder => folder.Length > 0).Distinct();

    private static string Top(string folder) => folder.Split('/')[0];

    /// <summary>From folder to folder of one project, in a using or qualified in code; a word of a comment is neither.</summary>
    private static (string From, string To)[] References(string project)
    {
        var tops = Folders(project).Select(Top).ToHashSet();
        var reference = new Regex($@"{Regex.Escape(Root + project)}\.(?<to>\w+)|(?<![\w.""/])(?<to>{string.Join('|', tops)})\.[A-Z]\w*[\s(<;,.)]");
        return
        [
            .. (from source in Sources(project)
                let folder = Top(Path.GetRelativePath(Directory(project), source))
                where tops.Contains(folder)
                from line in File.ReadLines(source)
                where !line.TrimStart().StartsWith("//", StringComparison.Ordinal) && !line.StartsWith("namespace ", StringComparison.Ordinal)
                from Match match in reference.Matches(line)
                let to = match.Groups["to"].Value
                where to != folder && tops.Contains(to)
                select (folder, to)).Distinct(),
        ];
    }

    private static string[] InCircles((string From, string To)[] references) =>
        [.. references.Where(edge => Reaches(edge.To, edge.From, references, [])).Select(edge => $"{edge.From} -> {edge.To}")];

    private static bool Reaches(string from, string to, (string From, string To)[] references, HashSet<string> seen) =>
        from == to || (seen.Add(from) && references.Any(edge => edge.From == from && Reaches(edge.To, to, references, seen)));

    [GeneratedRegex(@"/(bin|obj)/")]
    private static partial Regex BuildOutput();
}
