namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>What lies behind a place of a channel.</summary>
/// <param name="Events">Events that pass the filter.</param>
/// <param name="KnownEvents">Those of them that had arrived when they were last counted.</param>
/// <param name="First">The sequence of the first; 0 without any.</param>
internal sealed record Backlog(long Events, long KnownEvents, long First);
