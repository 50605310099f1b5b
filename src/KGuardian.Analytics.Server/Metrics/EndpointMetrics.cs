using System.Diagnostics.Metrics;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Metrics;

/// <summary>Which addresses of ClickHouse answer, and which is in use: as <see cref="ClickHouseHealth"/> saw it last.</summary>
internal sealed class EndpointMetrics
{
    private readonly ClickHouseHealth _health;

    public EndpointMetrics(ClickHouseHealth health, ClickHouseClient client, IMeterFactory meters)
    {
        _health = health;
        var meter = meters.Create("KGuardian.ClickHouse");
        meter.CreateObservableGauge(
            "kguardian_clickhouse_endpoint_up", () => Measure(endpoint => endpoint.Failure is null),
            description: "1 while this address of ClickHouse answers.");
        meter.CreateObservableGauge(
            "kguardian_clickhouse_endpoint_used", () => Measure(endpoint => endpoint.IsUsed),
            description: "1 for the address of ClickHouse that statements go to.");
        meter.CreateObservableCounter(
            "kguardian_clickhouse_failovers_total", () => client.Failovers, description: "Times that another address of ClickHouse was taken into use.");
    }

    private IEnumerable<Measurement<int>> Measure(Func<EndpointHealth, bool> isSo) =>
        _health.Endpoints.Select(endpoint => new Measurement<int>(
            isSo(endpoint) ? 1 : 0, new KeyValuePair<string, object?>("endpoint", endpoint.Endpoint.Url)));
}
