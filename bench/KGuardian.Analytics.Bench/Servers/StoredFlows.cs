namespace KGuardian.Analytics.Bench.Servers;

/// <summary>The table of flows, by its active parts; the bytes are what stays on disk once merged parts have been removed.</summary>
internal sealed record StoredFlows(long Parts, long Rows, long Bytes);
