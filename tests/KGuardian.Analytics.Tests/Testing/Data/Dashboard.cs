using System.Text.Json;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>A committed dashboard: its variables and panels, as its JSON has them.</summary>
internal sealed class Dashboard
{
    private const string ClickHouse = "grafana-clickhouse-datasource";

    private Dashboard(string file)
    {
        File = Path.GetFileNameWithoutExtension(file);
        Root = JsonDocument.Parse(System.IO.File.ReadAllText(file)).RootElement;
        Variables = [.. Root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => new DashboardVariable(variable))];
        Panels = [.. Root.GetProperty("panels").EnumerateArray().SelectMany(panel => Targets(panel))];
    }

    public static IReadOnlyList<Dashboard> All { get; } = [.. DeployFiles.Of("grafana/dashboards").Select(file => new Dashboard(file))];

    public static TheoryData<string> Names => [.. All.Select(dashboard => dashboard.File)];

    /// <summary>The file's name without its ending.</summary>
    public string File { get; }

    public JsonElement Root { get; }

    public IReadOnlyList<DashboardVariable> Variables { get; }

    /// <summary>Every query of every panel.</summary>
    public IReadOnlyList<DashboardPanel> Panels { get; }

    public IEnumerable<DashboardPanel> SqlPanels => Panels.Where(panel => panel.DataSourceType == ClickHouse);

    public static Dashboard Named(string file) => All.Single(dashboard => dashboard.File == file);

    private static IEnumerable<DashboardPanel> Targets(JsonElement panel) =>
        panel.GetProperty("targets").EnumerateArray().Select(target => new DashboardPanel(
            panel.GetProperty("title").GetString()!,
            target.GetProperty("datasource").GetProperty("type").GetString()!,
            target.TryGetProperty("rawSql", out var sql) ? sql.GetString()! : target.GetProperty("expr").GetString()!,
            panel.TryGetProperty("interval", out var interval) && interval.GetString() == "1h" ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1)));
}
