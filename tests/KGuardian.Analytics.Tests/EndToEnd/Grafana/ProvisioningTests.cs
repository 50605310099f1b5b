using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Tests.EndToEnd.Grafana;

/// <summary>Provisioning files and dashboards fit each other.</summary>
public sealed partial class ProvisioningTests
{
    private static readonly string[] KnownUnits =
        ["short", "none", "cps", "reqps", "Bps", "s", "d", "bytes", "decbytes", "percentunit", "dateTimeAsIso"];

    public static TheoryData<string> Names => Dashboard.Names;

    [Fact]
    public async Task Data_sources_have_ids_of_their_own_and_the_dashboards_user()
    {
        var sources = await DataSourcesAsync();

        Assert.Equal(
            ["kguardian-clickhouse", "kguardian-clickhouse-native", "kguardian-prometheus"],
            sources.Select(source => source.GetProperty("uid").GetString()).Order(StringComparer.Ordinal));
        foreach (var source in sources.Where(source => source.GetProperty("type").GetString() == "grafana-clickhouse-datasource"))
        {
            var json = source.GetProperty("jsonData");
            Assert.Equal("kguardian_grafana", json.GetProperty("username").GetString());
            Assert.Contains(json.GetProperty("protocol").GetString(), new[] { "http", "native" });
            // The plugin's client adds 5 s; more than the user may ask for would fail every panel.
            Assert.Equal(GrafanaClient.MaxExecutionTime, int.Parse(json.GetProperty("queryTimeout").GetString()!, CultureInfo.InvariantCulture) + 5);
            Assert.True(new LocalNodeOptions { DataDirectory = "" }.GrafanaMaxExecutionTime.TotalSeconds >= GrafanaClient.MaxExecutionTime);
            Assert.StartsWith("${", source.GetProperty("secureJsonData").GetProperty("password").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Provider_of_dashboards_is_one_that_Grafana_takes()
    {
        var provider = (await NpmTool.YamlAsync(DeployFiles.At("grafana/provisioning/dashboards/kguardian.yaml"))).GetProperty("providers")[0];

        Assert.Equal("file", provider.GetProperty("type").GetString());
        Assert.StartsWith("/", provider.GetProperty("options").GetProperty("path").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Dashboards_are_the_six()
    {
        Assert.Equal(
            ["kguardian-drops", "kguardian-ingest", "kguardian-namespace", "kguardian-overview", "kguardian-pod", "kguardian-store"],
            Dashboard.All.Select(dashboard => dashboard.File));
        Assert.All(Dashboard.All, dashboard => Assert.Equal(dashboard.File, dashboard.Root.GetProperty("uid").GetString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Dashboard_names_no_data_source_but_those_of_its_variables_and_they_are_provisioned(string name)
    {
        var dashboard = Dashboard.Named(name);
        var provisioned = (await DataSourcesAsync()).Select(source => source.GetProperty("uid").GetString()!).ToArray();
        var chosen = dashboard.Variables.Where(variable => variable.Type == "datasource").ToArray();

        Assert.All(chosen, variable => Assert.Contains(variable.DataSource, provisioned));
        Assert.All(
            DataSources(dashboard.Root), uid => Assert.Contains(uid, chosen.Select(variable => $"${{{variable.Name}}}")));
        Assert.False(dashboard.Root.TryGetProperty("id", out _), "an id is an instance's own");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Panels_are_described_have_units_that_Grafana_knows_and_do_not_overlap(string name)
    {
        var panels = Dashboard.Named(name).Root.GetProperty("panels").EnumerateArray().ToArray();
        var taken = new HashSet<(int X, int Y)>();

        Assert.Equal(panels.Length, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        foreach (var panel in panels)
        {
            Assert.NotEmpty(panel.GetProperty("title").GetString()!);
            Assert.NotEmpty(panel.GetProperty("description").GetString()!);
            Assert.All(Units(panel.GetProperty("fieldConfig")), unit => Assert.Contains(unit, KnownUnits));
            var place = panel.GetProperty("gridPos");
            var (x, y, w, h) =
                (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32(), place.GetProperty("w").GetInt32(), place.GetProperty("h").GetInt32());
            Assert.True(x + w <= 24);
            for (var i = 0; i < w * h; i++)
            {
                Assert.True(taken.Add((x + (i % w), y + (i / w))), $"{panel.GetProperty("title")} overlaps another panel");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Links_lead_to_dashboards_that_are_there_with_variables_they_have_and_the_time(string name)
    {
        var urls = Strings(Dashboard.Named(name).Root, "url").ToArray();

        foreach (var url in urls)
        {
            var target = Dashboard.Named(Regex.Match(url, @"^/d/([\w-]+)\?").Groups[1].Value);
            var known = target.Variables.Select(variable => variable.Name).ToArray();
            Assert.Contains("${__url_time_range}", url, StringComparison.Ordinal);
            foreach (Match variable in LinkVariable().Matches(url))
            {
                Assert.Contains(variable.Groups["name"].Value, known);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Fields_that_links_name_are_columns_of_their_panel(string name)
    {
        foreach (var panel in Dashboard.Named(name).Root.GetProperty("panels").EnumerateArray())
        {
            var query = panel.GetProperty("targets")[0].TryGetProperty("rawSql", out var sql) ? sql.GetString()! : "";
            foreach (var overridden in panel.GetProperty("fieldConfig").GetProperty("overrides").EnumerateArray()
                .Where(overridden => Strings(overridden, "url").Any()))
            {
                // Links of a column that a panel does not have are no harm; those of one that it has must find their fields.
                var column = overridden.GetProperty("matcher").GetProperty("options").GetString()!;
                if (query.Contains($"AS \"{column}\"", StringComparison.Ordinal))
                {
                    Assert.All(
                        Strings(overridden, "url").SelectMany(url => Regex.Matches(url, @"__data\.fields\.(\w+)")),
                        field => Assert.Contains($"AS \"{field.Groups[1].Value}\"", query, StringComparison.Ordinal));
                }
            }
        }
    }

    private static async Task<IReadOnlyList<JsonElement>> DataSourcesAsync()
    {
        var sources = new List<JsonElement>();
        foreach (var file in DeployFiles.Of("grafana/provisioning/datasources"))
        {
            sources.AddRange((await NpmTool.YamlAsync(file)).GetProperty("datasources").EnumerateArray());
        }

        return sources;
    }

    private static IEnumerable<string> DataSources(JsonElement json) =>
        Descendants(json).Where(property => property.Name == "datasource").Select(property => property.Value.GetProperty("uid").GetString()!);

    private static IEnumerable<string> Units(JsonElement fieldConfig) =>
        Descendants(fieldConfig).Where(property => property.Name == "unit").Select(property => property.Value.GetString()!)
            .Concat(Descendants(fieldConfig).Where(property => property is { Name: "properties" }).SelectMany(property => property.Value.EnumerateArray())
                .Where(property => property.GetProperty("id").GetString() == "unit").Select(property => property.GetProperty("value").GetString()!));

    private static IEnumerable<string> Strings(JsonElement json, string name) =>
        Descendants(json)
            .Where(property => property.Name == name && property.Value.ValueKind == JsonValueKind.String)
            .Select(property => property.Value.GetString()!);

    private static IEnumerable<JsonProperty> Descendants(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject().SelectMany(property => Descendants(property.Value).Prepend(property)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Descendants),
        _ => [],
    };

    [GeneratedRegex(@"(?:var-|\$\{)(?<name>[a-z]+)(?:=|:queryparam\})")]
    private static partial Regex LinkVariable();
}
