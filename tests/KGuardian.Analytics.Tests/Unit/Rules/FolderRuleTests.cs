using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Tests.Unit.Rules;

/// <summary>The rooms of the house: a folder is a namespace, none is part of a circle, and what a capability may know is written here.</summary>
public sealed partial class FolderRuleTests
{
    /// <summary>
    /// What a capability of the library knows besides itself and KGuardian.ClickHouse. Ingest and Query never refer to each other; what both know of flows is
    /// in Flows, what of the store in Store.
    /// </summary>
    private static readonly Dictionary<string, string[]> Known = new()
    {
        ["AdminAudit"] = ["Store"],
        ["Backups"] = ["Store"],
        ["Clocks"] = ["AdminAudit", "Store"],
        ["Diagnosis"] = ["Backups", "Clocks", "Flows", "Ingest", "Retention", "Store"],
        ["Exports"] = ["Diagnosis", "Flows", "Query", "SecureEvents", "Store", "Topology"],
        ["Flows"] = [],
        ["Forwarding"] = ["Diagnosis", "Flows", "Query", "SecureEvents", "Store"],
        ["Ingest"] = ["Flows", "Retention", "Store"],
        ["Inventory"] = ["Flows", "Retention", "Store"],
        ["Policies"] = ["Flows", "Inventory", "Query"],
        ["Query"] = ["Flows", "Retention"],
        ["Retention"] = ["Clocks", "Store"],
        ["Rollups"] = ["Diagnosis", "Ingest", "Query", "Store"],
        ["SecureEvents"] = ["Diagnosis", "Flows", "Ingest", "Query", "Store"],
        ["Storage"] = [],
        ["Store"] = ["Flows"],
        ["Topology"] = ["Flows", "Query"],
        ["Upstream"] = ["Diagnosis"],
        ["Verdicts"] = ["Flows", "Ingest", "Store"],
        ["Views"] = ["Store"],
    };

    [Fact]
    public void No_folder_of_any_project_is_part_of_a_circle()
    {
        var references = new FolderReferences();

        // Every folder with sources is known to refer or to be referred to: nothing was overlooked.
        Assert.Empty(FolderReferences.Projects.Keys
            .SelectMany(project => FolderReferences.Sources(project).Select(source => FolderReferences.NamespaceOf(project, source))).Distinct()
            .Except(references.All.Keys.SelectMany(reference => new[] { reference.From, reference.To }))
            // Program.cs, which has no namespace.
            .Except(["KGuardian.Analytics.Server"]));
        // As one text, which a failure shows whole.
        Assert.Equal("", string.Join('\n', references.InCircles()));
    }

    [Fact]
    public void Capability_of_the_library_refers_to_those_only_that_it_may_know()
    {
        const string Library = "KGuardian.Analytics.";
        var references = new FolderReferences().All.Keys
            .Where(reference => reference.From.StartsWith(Library, StringComparison.Ordinal)
                && !reference.From.StartsWith(Library + "Server", StringComparison.Ordinal))
            .Select(reference => (
                From: Capability(reference.From), To: reference.To.StartsWith(Library, StringComparison.Ordinal) ? Capability(reference.To) : ""))
            .Where(reference => reference.To.Length > 0 && reference.From != reference.To).Distinct().ToArray();

        Assert.Equal(
            Known.Keys.Order(),
            FolderReferences.Sources("KGuardian.Analytics")
                .Select(source => Capability(FolderReferences.NamespaceOf("KGuardian.Analytics", source)))
                .Distinct().Order());
        Assert.Equal("", string.Join('\n', references.Where(reference => !Known[reference.From].Contains(reference.To))));
        // A permission that nobody uses any more is struck out.
        Assert.Equal(
            "",
            string.Join('\n', Known.SelectMany(known => known.Value.Select(to => (known.Key, to)))
                .Except(references.Select(reference => (reference.From, reference.To)))));

        static string Capability(string space) => space[Library.Length..].Split('.')[0];
    }

    [Theory]
    [InlineData("KGuardian.ClickHouse")]
    [InlineData("KGuardian.Analytics")]
    [InlineData("KGuardian.Analytics.Server")]
    [InlineData(FolderReferences.Tests)]
    public void Namespace_of_a_source_is_its_folder(string project)
    {
        var sources = FolderReferences.Sources(project);

        Assert.NotEmpty(sources);
        Assert.All(sources, source =>
        {
            var lines = File.ReadLines(source).Where(line => line.StartsWith("namespace ", StringComparison.Ordinal)).ToArray();
            Assert.All(lines, line => Assert.Equal($"namespace {FolderReferences.NamespaceOf(project, source)};", line));
            // Program.cs has statements only.
            Assert.True(lines.Length == 1 || Path.GetFileName(source) == "Program.cs", source);
        });
    }

    /// <summary>References are the compiler's to check; texts it does not read.</summary>
    [Fact]
    public void Texts_of_the_project_for_ClickHouse_name_no_setting_and_no_table_of_the_product()
    {
        var tables = Directory.GetFiles(Repository.At("schema"), "*.sql").SelectMany(file => CreatedTable().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value).Distinct().ToArray();
        var forbidden = new Regex(
            $"""(ClickHouse|Storage|Ingest|Query|Dedup|Retention):[A-Z]|KGUARDIAN_|(FROM|INTO|TABLE|JOIN) `?({string.Join('|', tables)})\b""");

        Assert.Contains("traffic", tables);
        Assert.Empty(
            from source in FolderReferences.Sources("KGuardian.ClickHouse")
            from line in File.ReadLines(source)
            where forbidden.IsMatch(line)
            select $"{Path.GetFileName(source)}: {line.Trim()}");
    }

    [GeneratedRegex(@"CREATE (TABLE|VIEW|OR REPLACE VIEW) (IF NOT EXISTS )?`?(?<name>\w+)")]
    private static partial Regex CreatedTable();
}
