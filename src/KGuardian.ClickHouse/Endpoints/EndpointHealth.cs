namespace KGuardian.ClickHouse.Endpoints;

/// <summary>What the last look at an address of ClickHouse showed.</summary>
/// <param name="Endpoint">The address.</param>
/// <param name="Failure">Why it does not answer; null while it does.</param>
/// <param name="IsUsed">Whether statements go there.</param>
internal sealed record EndpointHealth(ClickHouseEndpoint Endpoint, string? Failure, bool IsUsed);
