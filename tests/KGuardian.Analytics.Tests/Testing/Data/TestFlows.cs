using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>Batches of events as the parser makes them.</summary>
internal static class TestFlows
{
    public static readonly FlowKeyHasher Hasher = new(0x0123456789ABCDEF, 0xFEDCBA9876543210);

    /// <summary>A batch of a JSON array.</summary>
    public static EventBatch Parse(string json, FlowKeyHasher? hasher = null)
    {
        var parser = new EventParser(new EventParserOptions(), hasher ?? Hasher);
        var batch = new EventBatch();
        parser.Begin(BodyShape.Batch);
        parser.Parse(Encoding.UTF8.GetBytes(json), isFinal: true, batch);
        return batch;
    }

    /// <summary>The event of a flow: equal numbers are equal flows, observed anew each time.</summary>
    public static string Event(int flow, string time = "2025-01-01T00:00:00") =>
        JsonSerializer.Serialize(new Dictionary<string, string?>
        {
            ["uuid"] = Guid.NewGuid().ToString(),
            ["pod_name"] = $"pod-{flow % 50}",
            ["pod_namespace"] = flow % 3 == 0 ? null : "ns",
            ["pod_ip"] = $"10.0.{flow / 100}.{flow % 100}",
            ["pod_port"] = flow % 4 == 0 ? null : flow % 4 == 1 ? "" : flow % 4 == 2 ? "080" : "80",
            ["ip_protocol"] = flow % 5 == 0 ? null : "TCP",
            ["traffic_type"] = flow % 7 == 0 ? "" : "INGRESS",
            ["traffic_in_out_ip"] = $"10.1.{flow % 11}.1",
            ["traffic_in_out_port"] = $"{flow % 65536}",
            ["decision"] = flow % 2 == 0 ? "ALLOW" : null,
            ["time_stamp"] = time,
        });

    /// <summary>The batch of some flows.</summary>
    public static EventBatch Batch(IEnumerable<int> flows, FlowKeyHasher? hasher = null) =>
        Parse($"[{string.Join(',', flows.Select(flow => Event(flow)))}]", hasher);

    /// <summary>A block of all rows of a batch.</summary>
    public static FlowBlock Block(EventBatch batch)
    {
        var block = new FlowBlock();
        block.Append(batch, [.. Enumerable.Range(0, batch.Count)], new Arrival(20_000, 7));
        return block;
    }

    /// <summary>A block of some flows.</summary>
    public static FlowBlock Block(IEnumerable<int> flows) => Block(Batch(flows));

    /// <summary>A block as bytes that are equal for equal blocks.</summary>
    public static byte[] Saved(FlowBlock block)
    {
        var saved = new byte[JournalRecord.BytesOf(block)];
        JournalRecord.Write(block, saved);
        return saved;
    }
}
