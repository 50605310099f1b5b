using System.Text.RegularExpressions;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Server.Metrics;

/// <summary>What operators are warned by is what the store has.</summary>
public sealed class StoreMetricsTests
{
    private readonly System.Diagnostics.Metrics.IMeterFactory _meters = Meters.New();

    [Fact]
    public async Task Sizes_parts_and_days_that_should_be_gone_are_those_of_the_store()
    {
        await using var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = database.Client();
        await database.SqlAsync("SYSTEM STOP MERGES traffic");
        // Two parts of today, one of a day that expired nine days ago.
        foreach (var day in new[] { 0, 0, 39 })
        {
            await database.SqlAsync($"""
                INSERT INTO traffic (uuid, pod_port, traffic_in_out_port, time_stamp, arrival_day, version)
                SELECT reinterpretAsFixedString(generateUUIDv4(number)), number, 443, now64(6), toDate(now('UTC')) - {day}, 1 FROM numbers(5)
                """);
        }

        using var exporter = new PrometheusExporter(_meters);

        await using var metrics = await StartAsync(client, days: 30);

        // Disks are asked for last.
        await Patience.UntilAsync(() => exporter.Write() is var now
            && now.Contains("kguardian_store_rows{table=\"traffic\"} 15\n", StringComparison.Ordinal)
            && now.Contains("kguardian_disk_free_bytes{", StringComparison.Ordinal));
        var text = exporter.Write();
        Assert.Contains("kguardian_store_rows{table=\"rejected_events\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("kguardian_store_parts{table=\"traffic\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("kguardian_store_partition_parts{table=\"traffic\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("kguardian_retention_days 30\n", text, StringComparison.Ordinal);
        Assert.Contains("kguardian_retention_lag_days 9\n", text, StringComparison.Ordinal);
        Assert.Matches("kguardian_disk_free_bytes{disk=\"default\"} [1-9]", text);
        Assert.Matches("kguardian_data_free_bytes [1-9]", text);
    }

    [Fact]
    public async Task ClickHouse_that_refuses_is_counted_and_metrics_go_on()
    {
        var database = await TestClients.CreateMigratedDatabaseAsync();
        using var client = new ClickHouseClient(
            [database.Endpoint with { Password = "another" }], new ClickHouseClientOptions { Database = database.Name }, NullLogger<ClickHouseClient>.Instance);
        await database.DisposeAsync();
        using var exporter = new PrometheusExporter(_meters);

        await using var metrics = await StartAsync(client, days: 0);

        // One more every 15 s.
        await Patience.UntilAsync(() => Regex.IsMatch(exporter.Write(), @"^kguardian_store_sample_failures_total [1-9]", RegexOptions.Multiline));
        Assert.Contains("kguardian_retention_days 0\n", exporter.Write(), StringComparison.Ordinal);
    }

    private async Task<StoreMetrics> StartAsync(ClickHouseClient client, int days)
    {
        await using var health = new ClickHouseHealth(client, TimeProvider.System, NullLogger<ClickHouseHealth>.Instance);
        var window = new RetentionWindow(days);
        // As a running server's policy moves it.
        window.Raise(RetentionCalendar.OldestDay(TimeProvider.System.GetUtcNow(), days, []));
        var metrics = new StoreMetrics(
            ClickHouseCluster.Of(client), health, window, Path.GetTempPath(), TimeProvider.System, _meters,
            NullLogger<StoreMetrics>.Instance);
        metrics.Start();
        return metrics;
    }
}
