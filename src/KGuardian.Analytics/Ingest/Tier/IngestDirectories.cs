namespace KGuardian.Analytics.Ingest.Tier;

/// <summary>Where an ingest server keeps its own files, on a disk that survives the process. Nobody else may change them.</summary>
/// <param name="Journal">Acknowledged flows on their way to ClickHouse.</param>
/// <param name="KnownFlows">The keys of known flows: a cache of what ClickHouse has, which may be deleted while the server is down.</param>
internal sealed record IngestDirectories(string Journal, string KnownFlows)
{
    /// <summary>Those of a data directory.</summary>
    public static IngestDirectories In(string dataDirectory) => new(Path.Combine(dataDirectory, "journal"), Path.Combine(dataDirectory, "known-flows"));
}
