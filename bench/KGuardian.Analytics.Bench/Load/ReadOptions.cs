namespace KGuardian.Analytics.Bench.Load;

/// <summary>One read scenario: this path, this often, one after the other on one connection.</summary>
internal sealed record ReadOptions(string Name, string Path, int Requests, int Warmup = 0)
{
    /// <summary>The newest page, all flows of one pod (that route has no limit) and the unbounded stream.</summary>
    public static IReadOnlyList<ReadOptions> Standard(string pod, int requests, int streams) =>
    [
        new("newest 100", "/pod/traffic?limit=100", requests, Warmup: Math.Max(1, requests / 10)),
        new("pod page", $"/pod/traffic/{pod}", requests, Warmup: Math.Max(1, requests / 10)),
        new("unbounded", "/pod/traffic", streams),
    ];
}
