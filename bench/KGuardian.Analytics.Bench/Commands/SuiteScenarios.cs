using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>The ingest scenarios of <c>suite</c>.</summary>
internal static class SuiteScenarios
{
    /// <summary>Every share of new flows with every batch size and number of connections, single posts, and latency at fixed rates.</summary>
    public static IReadOnlyList<LoadOptions> Full { get; } =
    [
        .. from connections in new[] { 8, 256 }
           from batch in new[] { 100, 1000 }
           from share in new[] { 0.02, 0.10, 1.0 }
           select new LoadOptions
           {
               Name = $"{share * 100:0} % new, {connections} x {batch}",
               Connections = connections,
               Batch = batch,
               NewShare = share,
           },
        new() { Name = "single posts, 8", Single = true },
        new() { Name = "single posts, 256", Single = true, Connections = 256 },
        new() { Name = "10 % new at 50,000/s", Rate = 50_000 },
        new() { Name = "10 % new at 200,000/s", Rate = 200_000 },
        new() { Name = "10 % new at 50,000/s, 256", Rate = 50_000, Connections = 256 },
    ];

    /// <summary>One of each kind.</summary>
    public static IReadOnlyList<LoadOptions> Smoke { get; } =
    [
        new() { Name = "10 % new, 8 x 100" },
        new() { Name = "100 % new, 64 x 1000", Connections = 64, Batch = 1000, NewShare = 1 },
        new() { Name = "single posts, 8", Single = true },
        new() { Name = "10 % new at 5,000/s", Rate = 5_000 },
    ];
}
