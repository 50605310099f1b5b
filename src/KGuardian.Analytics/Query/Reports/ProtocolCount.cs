namespace KGuardian.Analytics.Query.Reports;

/// <summary>How many flows there are of a protocol.</summary>
/// <param name="Protocol">Its number; null stands for all texts that are no protocol's.</param>
/// <param name="Count">The flows.</param>
internal sealed record ProtocolCount(int? Protocol, long Count);
