using System.Text.Json;
using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>
/// Time and allocations an event; the column MB/s is of the body. System.Text.Json's ways stand beside ours: its reader with our field parsing and
/// keys is what our own tokenizer has to beat to be worth having; the reader alone neither unescapes nor keeps anything.
/// </summary>
[MemoryDiagnoser]
public class EventParserBenchmarks
{
    private readonly EventParser _parser = new(new EventParserOptions(), new FlowKeyHasher(1, 2));
    private readonly ReaderParser _rival = new(new FlowKeyHasher(1, 2));
    private readonly EventBatch _batch = new();
    private byte[] _body = [];

    [Params(BodyKind.Real, BodyKind.Generated)]
    public BodyKind Body { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _body = EventBodies.Of(Body);
        var keys = Keys(Parser);
        if (!keys.SequenceEqual(Keys(OnUtf8JsonReader)))
        {
            throw new InvalidOperationException("the rival reads other events");
        }

        FlowKey[] Keys(Func<int> parse)
        {
            parse();
            return _batch.Keys.ToArray();
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = EventBodies.Events)]
    public int Parser()
    {
        _batch.Clear();
        _parser.Begin(BodyShape.Batch);
        _parser.Parse(_body, true, _batch);
        return _batch.Count;
    }

    [Benchmark(OperationsPerInvoke = EventBodies.Events)]
    public int OnUtf8JsonReader()
    {
        _batch.Clear();
        _rival.Parse(_body, _batch);
        return _batch.Count;
    }

    [Benchmark(OperationsPerInvoke = EventBodies.Events)]
    public int Utf8JsonReaderAlone()
    {
        var reader = new Utf8JsonReader(_body);
        var tokens = 0;
        while (reader.Read())
        {
            tokens++;
        }

        return tokens;
    }

    [Benchmark(OperationsPerInvoke = EventBodies.Events)]
    public int Deserialize() => JsonSerializer.Deserialize<Dictionary<string, string>[]>(_body)!.Length;
}
