using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Model;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Arrow;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>What the server's parse of a body costs, whatever else runs on the machine.</summary>
/// <param name="Body">The form of the body.</param>
/// <param name="BytesPerRow">Its bytes, by its rows.</param>
/// <param name="CpuSecondsPerMillion">This process's CPU seconds for a million rows.</param>
internal sealed record ParseCost(string Body, double BytesPerRow, double CpuSecondsPerMillion)
{
    private static readonly FlowKeyHasher Hasher = new(1, 2);

    /// <summary>The same flows in all forms, the least of several rounds each, taken in turn.</summary>
    /// <param name="rows">Rows of a body.</param>
    /// <param name="duration">Of a round.</param>
    /// <param name="rounds">Rounds.</param>
    public static IReadOnlyList<ParseCost> Of(int rows, TimeSpan duration, int rounds)
    {
        var json = Json(rows);
        var flows = new EventBatch();
        new EventParser(new EventParserOptions(), Hasher).Parse(json, true, flows);
        var bodies = ArrowBody.Forms(flows).Prepend(("JSON", json)).ToArray();
        var least = bodies.Select(_ => double.MaxValue).ToArray();
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (place, (name, body)) in bodies.Index())
            {
                var seconds = Round(name == "JSON", body, flows, duration);
                // The first lets the just-in-time compiler finish.
                least[place] = round == 0 ? least[place] : Math.Min(least[place], seconds);
            }
        }

        return [.. bodies.Select((body, place) => new ParseCost(body.Item1, (double)body.Item2.Length / rows, least[place]))];
    }

    private static double Round(bool isJson, byte[] body, EventBatch flows, TimeSpan duration)
    {
        var (parser, arrow) = (new EventParser(new EventParserOptions(), Hasher), new ArrowBodyReader(new EventParserOptions(), Hasher));
        var batch = new EventBatch();
        var (began, parsed) = (Environment.CpuUsage.TotalTime, 0L);
        while (Environment.CpuUsage.TotalTime - began < duration)
        {
            batch.Clear();
            if (isJson)
            {
                parser.Begin(BodyShape.Batch);
                parser.Parse(body, true, batch);
            }
            else
            {
                using var stream = new MemoryStream(body, writable: false);
                var read = arrow.ReadAsync(stream, batch, long.MaxValue, CancellationToken.None);
                if (!read.IsCompletedSuccessfully)
                {
                    throw new InvalidOperationException("a body in memory was waited for");
                }
            }

            parsed += batch.Count;
        }

        var seconds = (Environment.CpuUsage.TotalTime - began).TotalSeconds;
        return batch.Keys.SequenceEqual(flows.Keys) ? seconds / parsed * 1e6 : throw new InvalidOperationException("a body came to other flows");
    }

    private static byte[] Json(int rows)
    {
        var options = new LoadOptions { Connections = 1, Batch = rows, NewShare = 1 };
        var request = new AgentFleet(new ClusterModel(seed: 0, nodes: 1)).Prepare(0, options, "localhost")[0];
        var random = new FastRandom(1);
        request.Patch(ref random, 1UL << 32, new EventClock());
        return request.Request[request.BodyStart..].ToArray();
    }
}
