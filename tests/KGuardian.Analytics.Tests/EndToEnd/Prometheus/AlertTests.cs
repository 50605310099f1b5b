using System.Text.Json;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Prometheus;

/// <summary>Alert rules and metric panels: they parse, and ask for what a real server's /metrics has.</summary>
[Collection(OnLocalServer.Name)]
public sealed class AlertTests(LocalServer server)
{
    [Fact]
    public async Task Rules_have_what_somebody_who_is_woken_needs()
    {
        var rules = await RulesAsync();

        Assert.Equal(rules.Count, rules.Select(rule => rule.GetProperty("alert").GetString()).Distinct().Count());
        foreach (var rule in rules)
        {
            var name = rule.GetProperty("alert").GetString()!;
            Assert.Matches("^KGuardian[A-Za-z]+$", name);
            Assert.Contains(rule.GetProperty("labels").GetProperty("severity").GetString(), new[] { "critical", "warning" });
            if (rule.TryGetProperty("for", out var duration))
            {
                Assert.Matches(@"^\d+[mh]$", duration.GetString());
            }

            var annotations = rule.GetProperty("annotations");
            Assert.EndsWith(".", annotations.GetProperty("summary").GetString(), StringComparison.Ordinal);
            Assert.True(annotations.GetProperty("runbook").GetString()!.Length > 40, $"{name} does not say what to do");
        }
    }

    [Fact]
    public async Task Rules_parse_and_every_metric_is_one_of_the_server() =>
        await AssertKnownAsync([.. (await RulesAsync()).Select(rule => rule.GetProperty("expr").GetString()!)]);

    [Fact]
    public async Task Labels_that_summaries_and_groups_name_are_those_of_the_metrics()
    {
        var labels = PrometheusText.Parse(await MetricsAsync()).Keys
            .SelectMany(series => Regex.Matches(series, @"([a-z_]+)=""")).Select(match => match.Groups[1].Value).Append("instance").ToHashSet();

        foreach (var rule in await RulesAsync())
        {
            var text = rule.GetProperty("expr").GetString() + rule.GetProperty("annotations").GetProperty("summary").GetString();
            var named = Regex.Matches(text, @"\$labels\.(\w+)").Select(match => match.Groups[1].Value)
                .Concat(Regex.Matches(text, @"by \(([^)]*)\)").SelectMany(match => match.Groups[1].Value.Split(", ")));
            Assert.All(named, label => Assert.Contains(label, labels));
        }
    }

    [Fact]
    public async Task Metric_panels_parse_and_every_metric_is_one_of_the_server() =>
        await AssertKnownAsync([.. Dashboard.All.SelectMany(dashboard => dashboard.Panels).Where(panel => panel.DataSourceType == "prometheus")
            .Select(panel => panel.Query.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$__range", "6h", StringComparison.Ordinal)
                .Replace("$instance", ".*", StringComparison.Ordinal))]);

    [Fact]
    public async Task Expression_that_is_none_is_found()
    {
        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => PromQl.MetricsAsync(["sum(rate(kguardian_events_new_total[5m])"]));
    }

    private async Task AssertKnownAsync(string[] expressions)
    {
        HashSet<string> known = [.. Families(await MetricsAsync()), .. await FamiliesOnRequestAsync()];

        var metrics = await PromQl.MetricsAsync(expressions);

        Assert.NotEmpty(expressions);
        foreach (var (expression, named) in expressions.Zip(metrics))
        {
            Assert.NotEmpty(named);
            Assert.All(named, metric => Assert.True(known.Contains(metric), $"no metric {metric} of {expression}"));
        }
    }

    /// <summary>
    /// Series that have a label for what they count begin with the first that is counted, those of the store soon after the start; disks are last.
    /// </summary>
    private async Task<string> MetricsAsync()
    {
        await Patience.UntilAsync(async () =>
        {
            using var read = await server.Api.GetAsync("/pod/traffic");
            return read.IsSuccessStatusCode;
        });
        await server.Api.PostAsync("/pod/traffic/batch", "nonsense");
        if (await server.Api.GetTextAsync("/api/v1/eventsForwarding/integrations") == "[]")
        {
            using var created = await server.Api.PostAsync(
                "/api/v1/eventsForwarding/integrations", """{"name":"away","type":"webhook","connectionInfo":{"ServiceURL":"http://192.0.2.1:1/"}}""");
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
        }

        if (await server.Api.GetTextAsync("/api/reporting/v1/flows/schedules") == "[]")
        {
            using var created = await server.Api.PostAsync(
                "/api/reporting/v1/flows/schedules", """{"name":"yearly","reportType":"flows","schedule":{"cron":"0 0 1 1 *"}}""");
            Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
        }

        var metrics = "";
        await Patience.UntilAsync(async () =>
            (metrics = await server.Api.GetTextAsync("/metrics")).Contains("kguardian_disk_free_bytes{", StringComparison.Ordinal)
            && metrics.Contains("kguardian_forwarding_lost_total{", StringComparison.Ordinal));
        return metrics;
    }

    /// <summary>What only a server that has an evaluator and an old broker counts: both are away here.</summary>
    private static async Task<HashSet<string>> FamiliesOnRequestAsync()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(
            ("EVALUATOR_URL", "http://127.0.0.1:1"), ("KGUARDIAN_UPSTREAM__BROKERURL", "http://127.0.0.1:1"));
        return Families(await server.Api.GetTextAsync("/metrics"));
    }

    private static HashSet<string> Families(string metrics) =>
        [.. Regex.Matches(metrics, @"^# TYPE (\S+) (\S+)$", RegexOptions.Multiline).SelectMany(type => type.Groups[2].Value == "histogram"
            ? new[] { "_bucket", "_sum", "_count" }.Select(end => type.Groups[1].Value + end)
            : [type.Groups[1].Value])];

    private static async Task<IReadOnlyList<JsonElement>> RulesAsync() =>
        [
            .. (await NpmTool.YamlAsync(DeployFiles.At("prometheus/alerts.yaml"))).GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray()),
        ];
}
