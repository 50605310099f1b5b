namespace KGuardian.Analytics.Bench.Report;

/// <summary>The state of things at one moment of a soak. Latencies of reads are those since the sample before, of ingest those of the last whole day.</summary>
internal sealed record SoakSample(
    double Seconds, int Day, long ServerBytes, long NodeBytes, long FileBytes, long ActiveBytes, long Parts, long Flows,
    double ReadP50, double ReadP99, double IngestP50, double IngestP99, long FailedReads);
