using System.Text.Json;
using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Ingest;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>
/// Time an event of a 100-event body; 330 bytes divided by it is the speed. Two of System.Text.Json's ways stand beside ours: the
/// reader alone, which neither unescapes nor keeps anything, is what our own tokenizer has to beat to be worth having.
/// </summary>
[ShortRunJob]
[MemoryDiagnoser]
public class EventParserBenchmarks
{
    private readonly byte[] _body = EventBodies.Batch();
    private readonly EventParser _parser = new(new EventParserOptions(), new FlowKeyHasher(1, 2));
    private readonly EventBatch _batch = new();

    [Benchmark(Baseline = true, OperationsPerInvoke = EventBodies.Events)]
    public int Parser()
    {
        _batch.Clear();
        _parser.Begin(BodyShape.Batch);
        _parser.Parse(_body, true, _batch);
        return _batch.Count;
    }

    [Benchmark(OperationsPerInvoke = EventBodies.Events)]
    public int Utf8JsonReaderAlone()
    {
        var reader = new Utf8JsonReader(_body);
        var tokens = 0;
        while (reader.Read())
            tokens++;
        return tokens;
    }

    [Benchmark(OperationsPerInvoke = EventBodies.Events)]
    public int Deserialize() => JsonSerializer.Deserialize<Dictionary<string, string>[]>(_body)!.Length;
}
