using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Model;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>The inputs that the micro-benchmarks share: bodies of 128 events.</summary>
internal static class EventBodies
{
    private const string RealEvents = "openshift-flows.json";

    /// <summary>Events a body: as many as the real file has.</summary>
    public const int Events = 128;

    /// <summary>A batch body; the same bytes every time, but for the generated events' times.</summary>
    public static byte[] Of(BodyKind kind) => kind == BodyKind.Real ? Real() : Generated();

    /// <summary>The body's events, parsed.</summary>
    public static EventBatch Parsed(BodyKind kind)
    {
        var batch = new EventBatch();
        new EventParser(new EventParserOptions(), new FlowKeyHasher(1, 2)).Parse(Of(kind), true, batch);
        return batch.Count == Events
            ? batch
            : throw new InvalidOperationException($"The {kind} body has {batch.Count} events, {batch.RejectedCount} rejected; {Events} were expected.");
    }

    private static byte[] Real()
    {
        using var file = typeof(EventBodies).Assembly.GetManifestResourceStream(RealEvents)
            ?? throw new InvalidOperationException($"{RealEvents} is not embedded in the bench.");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] Generated()
    {
        var options = new LoadOptions { Connections = 1, Batch = Events, NewShare = 1 };
        var batch = new AgentFleet(new ClusterModel(seed: 0, nodes: 1)).Prepare(0, options, "localhost")[0];
        var random = new FastRandom(1);
        batch.Patch(ref random, 1UL << 32, new EventClock());
        return batch.Request[batch.BodyStart..].ToArray();
    }
}
