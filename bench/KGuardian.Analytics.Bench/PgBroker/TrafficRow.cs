namespace KGuardian.Analytics.Bench.PgBroker;

/// <summary>A row of the comparison broker's table, and its JSON.</summary>
internal sealed record TrafficRow(
    Guid Uuid,
    string? PodName,
    string? PodNamespace,
    string? PodIp,
    string? PodPort,
    string? IpProtocol,
    string? TrafficType,
    string? TrafficInOutIp,
    string? TrafficInOutPort,
    string? Decision,
    DateTime TimeStamp)
{
    /// <summary>The seven columns that make a flow.</summary>
    public (string?, string?, string?, string?, string?, string?, string?) Flow() =>
        (PodIp, PodPort, TrafficType, TrafficInOutIp, TrafficInOutPort, IpProtocol, Decision);
}
