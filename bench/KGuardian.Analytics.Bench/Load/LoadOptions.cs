namespace KGuardian.Analytics.Bench.Load;

/// <summary>One ingest scenario.</summary>
internal sealed record LoadOptions
{
    public string Name { get; init; } = "ingest";

    public int Connections { get; init; } = 8;

    /// <summary>Events a request.</summary>
    public int Batch { get; init; } = 100;

    /// <summary>Post single events to the single route instead of batches.</summary>
    public bool Single { get; init; }

    /// <summary>Share of events whose flow was never sent before, 0 to 1.</summary>
    public double NewShare { get; init; } = 0.10;

    public double UdpShare { get; init; } = 0.10;

    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Events a second over all connections (open loop); 0 sends as fast as answers come (closed loop).</summary>
    public double Rate { get; init; }

    /// <summary>Ends a connection's loop after this many requests, whatever the time; 0 is no limit.</summary>
    public long RequestsPerConnection { get; init; }

    /// <summary>How long one refused or lost request is sent again before the run is given up.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(2);
}
