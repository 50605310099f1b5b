using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>Time a flow on its way to disk: gathered in columns, saved for the journal, read from it, written in ClickHouse's Native format.</summary>
[MemoryDiagnoser]
public class FlowBlockBenchmarks
{
    private const int Batches = 64;

    /// <summary>8,192 rows, what gathers between two loads of a busy server.</summary>
    private const int Rows = Batches * EventBodies.Events;

    private readonly int[] _all = [.. Enumerable.Range(0, EventBodies.Events)];
    private readonly FlowBlock _block = new();
    private readonly FlowBlock _filled = new();
    private EventBatch _batch = new();
    private byte[] _saved = [];

    [Params(BodyKind.Real, BodyKind.Generated)]
    public BodyKind Body { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        _batch = EventBodies.Parsed(Body);
        Fill(_filled);
        _saved = new byte[JournalRecord.BytesOf(_filled)];
        JournalRecord.Write(_filled, _saved);
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public int Append()
    {
        Fill(_block);
        return _block.Rows;
    }

    [Benchmark(OperationsPerInvoke = Rows)]
    public void Save() => JournalRecord.Write(_filled, _saved);

    [Benchmark(OperationsPerInvoke = Rows)]
    public int Load() => JournalRecord.Read(_saved).Rows;

    [Benchmark(OperationsPerInvoke = Rows)]
    public Task WriteNative() => _filled.WriteNumberedAsync(Stream.Null, 1, CancellationToken.None);

    private void Fill(FlowBlock block)
    {
        block.Clear();
        for (var i = 0; i < Batches; i++)
        {
            block.Append(_batch, _all, new Arrival(20_000, 1));
        }
    }
}
