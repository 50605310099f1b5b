namespace KGuardian.Analytics.Server.Options;

/// <summary><c>Role</c>: what a server does, so that taking events in and answering questions scale apart.</summary>
[Flags]
internal enum ServerRole
{
    /// <summary>Takes events in; drops what has expired, clears.</summary>
    Ingest = 1,

    /// <summary>Answers questions; has no journal.</summary>
    Query = 2,

    /// <summary>Both.</summary>
    All = Ingest | Query,
}
