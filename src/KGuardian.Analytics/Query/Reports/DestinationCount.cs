namespace KGuardian.Analytics.Query.Reports;

/// <summary>How many flows go to an address.</summary>
/// <param name="Ip">The address.</param>
/// <param name="Count">The flows.</param>
internal sealed record DestinationCount(string Ip, long Count);
