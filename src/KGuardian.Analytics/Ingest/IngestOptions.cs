namespace KGuardian.Analytics.Ingest;

/// <summary>Settings <c>Ingest:*</c>: what is taken in, and how it is grouped on its way to ClickHouse.</summary>
internal sealed record IngestOptions
{
    /// <summary>How many servers take events into this store. Default one.</summary>
    public IngestServers Servers { get; init; } = IngestServers.One;

    /// <summary>Largest body, unpacked, in bytes. Default 64 MiB, some 200,000 events.</summary>
    public long MaxBodyBytes { get; init; } = 64L << 20;

    /// <summary>Most bytes of bodies held at once, over all requests; more is a 503. Default 256 MiB.</summary>
    public long MaxBufferedBytes { get; init; } = 256L << 20;

    /// <summary>
    /// New flows that are acknowledged and not yet in ClickHouse. With more, requests wait for up to 5 s, and those with new flows get 503 then.
    /// Default 500,000, some 50 MB.
    /// </summary>
    public int MaxBacklogFlows { get; init; } = 500_000;

    /// <summary>
    /// Longest time that an acknowledged flow waits in the journal before it goes to ClickHouse with others. A read through this server
    /// does not wait for it: it sends them at once. Default 500 ms, with a cluster <see cref="ClusterLoadInterval"/>.
    /// </summary>
    public TimeSpan LoadInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// 1.5 s. A block is an insert for each shard, and what an insert costs hardly depends on its size: with a cluster blocks gather for longer.
    /// </summary>
    public static TimeSpan ClusterLoadInterval { get; } = TimeSpan.FromMilliseconds(1500);

    /// <summary>
    /// Flows that go to ClickHouse without waiting for more. Default 150,000: 0.5 s of ClickHouse's CPU time (3.4 us a flow, bench/run.sh shards;
    /// 5.2 us in blocks of 50,000). With a cluster <see cref="ClusterLoadFlows"/>.
    /// </summary>
    public int LoadFlows { get; init; } = 150_000;

    /// <summary>300,000: 100,000 for each of three shards.</summary>
    public const int ClusterLoadFlows = 300_000;

    /// <summary>
    /// How long an event that comes again as it was, with its uuid and time, is a resend and no observation: agents post a batch again whose answer
    /// was lost. Of the last million events. Default 5 minutes; 0 counts each.
    /// </summary>
    public TimeSpan ResendWindow { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How much later than their arrival repeats may say that they were seen; what is beyond counts as seen then. Default 1 minute.</summary>
    public TimeSpan FutureTolerance { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often repeats are written to <c>traffic_activity</c>. Default 10 s; a crash loses that much of the counts.</summary>
    public TimeSpan ActivityInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Flows and hours whose repeats are held until they are written; more are written early. Default 1,000,000 (at most 48 MB).</summary>
    public int MaxActivityEntries { get; init; } = 1_000_000;

    /// <summary>Rejected rows held until they are written, every second; more are counted only. Default 10,000.</summary>
    public int MaxRejectedRows { get; init; } = 10_000;
}

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
