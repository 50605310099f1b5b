namespace KGuardian.Analytics.Ingest;

/// <summary>Events cannot be taken now: nothing of the request was stored or counted, and it may be sent again.</summary>
/// <param name="reason">Why, for the client and the log.</param>
/// <param name="inner">The failure behind it.</param>
internal sealed class IngestUnavailableException(string reason, Exception? inner = null) : Exception(reason, inner);
