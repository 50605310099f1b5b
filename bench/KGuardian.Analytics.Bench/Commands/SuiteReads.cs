using System.Net;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>The read stage of <c>suite</c>: one server with <c>--flows</c> flows is read in every way, first at rest, then while agents send.</summary>
internal sealed class SuiteReads(AnalyticsTarget target, AgentFleet fleet, int requests, TimeSpan timeLimit, bool isSmoke)
{
    // A route that not every version has.
    private const string Stats = "/api/v1/flow-reports/stats";

    private readonly ReadGenerator _reader = new(target.Url, target.Probe, outage: isSmoke ? TimeSpan.FromMinutes(2) : TimeSpan.Zero);
    private readonly int _streams = isSmoke ? 1 : 3;

    /// <summary>Everything that is read at rest; <paramref name="progress"/> is told of each.</summary>
    public List<ReadResult> AtRest(Action<ReadResult> progress)
    {
        var depth = (int)Math.Min(100_000, fleet.Flows / 2);
        var (cursor, walked) = PageWalk.To(target.Url, depth);
        IEnumerable<ReadOptions> scenarios =
        [
            .. ReadOptions.Standard(fleet.Model.Pods[0].Name, requests, _streams).Select(Exact),
            .. ReadScenarios.Pages(fleet, requests),
            ReadScenarios.DeepPage(cursor, walked, requests),
            .. ReadScenarios.Aggregates(requests),
            .. Exists(Stats) ? ReadScenarios.Both("flow reports' stats", Stats, requests, $"start={ReadOptions.Day}") : [],
            .. ReadScenarios.Exports(fleet.Flows, _streams),
        ];
        var results = new List<ReadResult>();
        foreach (var scenario in scenarios)
        {
            results.Add(_reader.Run(scenario with { TimeLimit = timeLimit }));
            progress(results[^1]);
        }

        return results;
    }

    /// <summary>What the server asks of ClickHouse, asked directly.</summary>
    public List<ReadResult> Direct(DirectNode node)
    {
        var reader = new ReadGenerator(node.Url, target.Probe, node.Headers);
        return [.. DirectReads.All(fleet, requests, _streams).Select(read => reader.Run(read with { TimeLimit = timeLimit }))];
    }

    /// <summary>What a dashboard asks, while agents send at a modest fixed rate.</summary>
    public (LoadResult Load, List<ReadResult> Reads) DuringIngest(LoadGenerator generator, LoadOptions background)
    {
        IEnumerable<ReadOptions> scenarios =
        [
            .. ReadOptions.Standard(fleet.Model.Pods[0].Name, requests, _streams).Take(2),
            .. ReadScenarios.Pages(fleet, requests).Take(2),
            .. ReadScenarios.Aggregates(requests).Where(read => read.Name is "count, cold" or "top pods, cold"),
        ];
        var list = scenarios.ToList();
        // A share of the time each, so that none runs after the load has ended.
        var share = background.Duration / list.Count;
        var load = Task.Run(() => generator.Run(background));
        Thread.Sleep(background.Warmup);
        var reads = list
            .Select(read => read with { Name = $"{read.Name}, during ingest", TimeLimit = share, Warmup = 0, ExpectedRows = null })
            .Select(_reader.Run)
            .ToList();
        return (load.GetAwaiter().GetResult(), reads);
    }

    private ReadOptions Exact(ReadOptions read) => read.Name == "unbounded" ? read with { ExpectedRows = fleet.Flows, Warmup = 1 } : read;

    private bool Exists(string path)
    {
        using var http = new HttpConnection(new(IPAddress.Parse(target.Url.Host), target.Url.Port), TimeSpan.FromMinutes(1));
        return http.Exchange(HttpConnection.GetRequest(new(target.Url, path))).IsSuccess;
    }
}
