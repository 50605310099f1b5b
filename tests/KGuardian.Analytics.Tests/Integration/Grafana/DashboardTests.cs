using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Grafana;

/// <summary>Every query of every dashboard, run as the dashboards' user: none fails, none shows nothing, none reads what an index would spare.</summary>
public sealed partial class DashboardTests(DashboardStore store) : IClassFixture<DashboardStore>
{
    public static TheoryData<string> Names => Dashboard.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Panels_as_they_open_show_an_hour_and_read_an_hour(string name)
    {
        var dashboard = Dashboard.Named(name);
        var query = await OpenAsync(dashboard, TimeSpan.FromHours(1), []);

        foreach (var panel in dashboard.SqlPanels)
        {
            await AssertServedAsync(panel, query);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Panels_of_one_namespace_and_pod_read_what_is_theirs_of_a_day(string name)
    {
        var dashboard = Dashboard.Named(name);
        var selected = new Dictionary<string, string[]> { ["namespace"] = ["ns-3"], ["pod"] = ["pod-50"] };
        if (!dashboard.Variables.Any(variable => selected.ContainsKey(variable.Name)))
        {
            return;
        }

        var query = await OpenAsync(dashboard, TimeSpan.FromDays(1), selected);

        foreach (var panel in dashboard.SqlPanels.Where(panel => panel.Query.Contains("${namespace", StringComparison.Ordinal)))
        {
            await AssertServedAsync(panel, query);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Panels_of_several_namespaces_one_with_a_quote_in_its_name_show_something(string name)
    {
        var dashboard = Dashboard.Named(name);
        var selected = new Dictionary<string, string[]> { ["namespace"] = [DashboardStore.OddNamespace, "ns-3"], ["pod"] = ["pod-110", "pod-50"] };
        if (!dashboard.Variables.Any(variable => variable.Name == "namespace"))
        {
            return;
        }

        var query = await OpenAsync(dashboard, TimeSpan.FromDays(1), selected);

        foreach (var panel in dashboard.SqlPanels)
        {
            await AssertShownAsync(panel, query);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Panels_of_all_show_a_day(string name)
    {
        var dashboard = Dashboard.Named(name);
        var query = await OpenAsync(dashboard, TimeSpan.FromDays(1), []);

        foreach (var panel in dashboard.SqlPanels)
        {
            await AssertShownAsync(panel, query);
        }
    }

    /// <summary>Asks for each variable's options, which may depend on those before it, and selects some, "All", or the first where there is no "All".</summary>
    private async Task<GrafanaQuery> OpenAsync(Dashboard dashboard, TimeSpan length, Dictionary<string, string[]> selected)
    {
        var now = DateTimeOffset.UtcNow;
        var query = new GrafanaQuery(now - length, now);
        foreach (var variable in dashboard.Variables.Where(variable => variable.Sql is not null))
        {
            var sql = query.Expand(variable.Sql!);
            var answer = await store.Grafana.AskAsync(sql);
            Assert.True(answer.Refusal is null, $"{dashboard.File}, variable {variable.Name}: {answer.Refusal}\n{sql}");
            Assert.NotEmpty(answer.Rows);
            if (length <= TimeSpan.FromHours(1))
            {
                AssertReadsLittle($"variable {variable.Name}", answer, sql);
            }

            query.With(variable.Name, selected.GetValueOrDefault(variable.Name) ?? (variable.HasAll ? [GrafanaQuery.All] : [answer.Texts[0]]), answer.Texts);
        }

        return query;
    }

    private async Task<(string Sql, GrafanaAnswer Answer)> AssertShownAsync(DashboardPanel panel, GrafanaQuery query)
    {
        var sql = query.Expand(panel.Query, panel.LeastInterval);
        var answer = await store.Grafana.AskAsync(sql);
        Assert.True(answer.Refusal is null, $"{panel.Title}: {answer.Refusal}\n{sql}");
        Assert.False(answer.IsEmpty, $"{panel.Title} shows nothing:\n{sql}");
        return (sql, answer);
    }

    private async Task AssertServedAsync(DashboardPanel panel, GrafanaQuery query)
    {
        var (sql, answer) = await AssertShownAsync(panel, query);
        AssertReadsLittle(panel.Title, answer, sql);
    }

    // An hour is a 24th of the flows, a namespace a 20th, a pod a 300th; granules, of which there are 37, are read whole.
    private static void AssertReadsLittle(string what, GrafanaAnswer answer, string sql)
    {
        // The addresses of fifty peers, whose pods are looked up by the primary key, are in any of the granules.
        var lookups = sql.Contains("pod_ip IN (SELECT peer FROM busiest)", StringComparison.Ordinal) ? DashboardStore.Flows : 0;
        var repeats = sql.Contains("FROM flow_activity", StringComparison.Ordinal) ? DashboardStore.ActivityRows / 2 : 0;
        var most = (Flows().Count(sql) * (DashboardStore.Flows / 4)) + lookups + repeats + 5_000;
        Assert.True(answer.RowsRead <= most, $"{what} read {answer.RowsRead} rows, {most} at most were expected:\n{sql}");
    }

    [GeneratedRegex(@"FROM flows\b")]
    private static partial Regex Flows();
}
