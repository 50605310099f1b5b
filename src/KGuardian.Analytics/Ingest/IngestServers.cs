namespace KGuardian.Analytics.Ingest;

/// <summary><c>Ingest:Servers</c>: how many servers take events into one store at the same time.</summary>
internal enum IngestServers
{
    /// <summary>This one: it knows every flow, and each is stored once.</summary>
    One,

    /// <summary>
    /// More. Each learns within seconds what the others stored; a flow that comes to two of them before that is stored twice, and both count it as new.
    /// Reads show it once, which makes them slower.
    /// </summary>
    Several,
}
