using System.Diagnostics;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Model;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>What the server's parser alone does on one thread with the load generator's batches: no server parses faster on as many cores.</summary>
internal sealed record ParserSpeed(double EventsPerSecond, double MegabytesPerSecond)
{
    private const int Events = 100;

    public static ParserSpeed Over(TimeSpan duration)
    {
        var options = new LoadOptions { Connections = 1, Batch = Events, NewShare = 1 };
        var request = new AgentFleet(new ClusterModel(seed: 0, nodes: 1)).Prepare(0, options, "localhost")[0];
        var random = new FastRandom(1);
        request.Patch(ref random, 1UL << 32, new EventClock());
        var body = request.Request[request.BodyStart..];
        var (parser, batch) = (new EventParser(new EventParserOptions(), new FlowKeyHasher(1, 2)), new EventBatch());
        // The first tenth lets the just-in-time compiler finish and does not count.
        var (bodies, startedAt, warm) = (0L, Stopwatch.GetTimestamp(), false);
        while (Stopwatch.GetElapsedTime(startedAt) is var elapsed && (!warm || elapsed < duration))
        {
            if (!warm && elapsed > duration / 10)
            {
                (bodies, startedAt, warm) = (0, Stopwatch.GetTimestamp(), true);
            }

            batch.Clear();
            parser.Begin(BodyShape.Batch);
            parser.Parse(body, true, batch);
            bodies++;
        }

        var perSecond = bodies / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        return batch.Count == Events
            ? new(perSecond * Events, perSecond * body.Length / 1e6)
            : throw new InvalidOperationException($"The parser made {batch.Count} rows of {Events} events.");
    }
}
