using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>A row of traffic as it lies in the table, with what traffic_activity knows of it.</summary>
public sealed record StoredFlow
{
    public required Guid Id { get; init; }
    public string? PodName { get; init; }
    public string? PodNamespace { get; init; }
    public string? PodIp { get; init; }
    public int PodPort { get; init; }
    public string? IpProtocol { get; init; }
    public string? TrafficType { get; init; }
    public string? TrafficInOutIp { get; init; }
    public int TrafficInOutPort { get; init; }
    public string? Decision { get; init; }
    public string TimeStamp { get; init; } = "2026-03-01 12:00:00.000000";

    /// <summary>Observations and last time of each hour with repeats.</summary>
    [JsonIgnore]
    public IReadOnlyList<(int Observations, string LastSeen)> Repeats { get; init; } = [];

    [JsonIgnore]
    public object Key => (PodIp, PodPort, TrafficType, TrafficInOutIp, TrafficInOutPort, IpProtocol, Decision);
}
