using System.Text.Json;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Health, version and the format of metrics on a server in use.</summary>
[Collection(OnLocalServer.Name)]
public sealed class OperationsTests(LocalServer server)
{
    [Fact]
    public async Task Health_is_Healthy() => Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));

    [Fact]
    public async Task Version_names_program_schema_and_ClickHouse()
    {
        var version = JsonDocument.Parse(await server.Api.GetTextAsync("/version")).RootElement;

        Assert.StartsWith("0.1.0", version.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.Equal(StoreSchema.Migrations[^1].Version, version.GetProperty("schema_version").GetInt32());
        Assert.Matches(@"^\d+\.\d+\.\d+", version.GetProperty("clickhouse_version").GetString());
        Assert.Equal(JsonValueKind.Null, version.GetProperty("chart_version").ValueKind);
    }

    [Fact]
    public async Task Metrics_of_a_server_in_use_are_valid_Prometheus_text()
    {
        using var refused = await server.Api.PostAsync("/pod/traffic/batch", "x");

        var samples = PrometheusText.Parse(await server.Api.GetTextAsync("/metrics"));

        Assert.True(samples["kguardian_events_new_total"] >= 104);
        Assert.Equal(0, samples["kguardian_node_restarts_total"]);
    }
}
