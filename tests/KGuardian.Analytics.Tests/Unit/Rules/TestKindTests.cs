using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Tests.Unit.Rules;

/// <summary>Which tests start what: a test's kind is its folder, and what a kind may use is written here.</summary>
public sealed partial class TestKindTests
{
    private static readonly string[] Kinds = ["EndToEnd", "Integration", "Unit"];

    /// <summary>
    /// What no test of a kind, and nothing that it uses, may refer to. What starts a node is in Testing.Nodes, what starts the server or another program in
    /// Testing.Servers and Testing.Programs.
    /// </summary>
    private static readonly Dictionary<string, string[]> Barred = new()
    {
        ["Unit"] = ["Testing.Nodes", "Testing.Programs", "Testing.Servers", "Integration", "EndToEnd"],
        ["Integration"] = ["Testing.Programs", "Testing.Servers", "Unit", "EndToEnd"],
        ["EndToEnd"] = ["Unit", "Integration"],
        ["Testing"] = ["Unit", "Integration", "EndToEnd"],
    };

    [Fact]
    public void Namespace_of_every_test_says_its_kind()
    {
        var classes = typeof(TestKindTests).Assembly.GetTypes()
            .Where(type => type.GetMethods().Any(method => method.IsDefined(typeof(FactAttribute), inherit: true))).ToArray();

        Assert.Contains(typeof(TestKindTests), classes);
        Assert.Equal(Kinds, classes.Select(TestKinds.Of).Distinct().Order());
    }

    /// <summary>The trait that filters ask for.</summary>
    [Fact]
    public void Test_has_its_kind_as_a_trait() => Assert.Equal(["Unit"], TestContext.Current.TestCase!.Traits[TestKinds.Trait]);

    [Fact]
    public void Kind_reaches_nothing_that_is_barred_to_it()
    {
        var references = new FolderReferences(FolderReferences.Tests);
        var folders = Folders();

        Assert.All(Barred, kind => Assert.All(kind.Value.Append(kind.Key), name => Assert.Contains(folders, folder => IsIn(folder, name))));
        Assert.Empty(
            from kind in Barred
            from folder in folders
            where IsIn(folder, kind.Key)
            from reached in references.ReachedFrom(folder)
            where kind.Value.Any(barred => IsIn(reached, barred))
            select $"{folder} -> {reached}");
    }

    /// <summary>The folders keep tests from our starters; this, from the framework's and the product's.</summary>
    [Fact]
    public void Unit_tests_and_what_they_use_start_nothing_themselves()
    {
        var references = new FolderReferences(FolderReferences.Tests);
        var folders = Folders();
        var used = folders.Where(folder => IsIn(folder, "Unit")).SelectMany(references.ReachedFrom).ToHashSet();
        var sources = FolderReferences.Sources(FolderReferences.Tests)
            .Where(source => used.Contains(FolderReferences.NamespaceOf(FolderReferences.Tests, source))).ToArray();

        Assert.Contains($"{FolderReferences.Tests}.Testing.Data", used);
        Assert.Empty(
            from source in sources
            from line in File.ReadLines(source)
            where Starter().IsMatch(line) && Path.GetFileName(source) != $"{nameof(TestKindTests)}.cs"
            select $"{Path.GetFileName(source)}: {line.Trim()}");
    }

    private static string[] Folders() =>
        [.. FolderReferences.Sources(FolderReferences.Tests).Select(source => FolderReferences.NamespaceOf(FolderReferences.Tests, source)).Distinct()];

    /// <summary>Whether a namespace is a folder of this project, or in it.</summary>
    private static bool IsIn(string space, string folder) => $"{space}.".StartsWith($"{FolderReferences.Tests}.{folder}.", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(Process\.Start|ProcessStartInfo|LocalNode\b|WebApplication|AnalyticsServer\b)")]
    private static partial Regex Starter();
}
