namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary>Settings <c>Traffic:*</c>: the broker's routes.</summary>
/// <param name="DefaultLimit"><c>Traffic:DefaultLimit</c>: rows of <c>GET /pod/traffic</c> without a limit; null for all.</param>
internal sealed record TrafficOptions(long? DefaultLimit);
