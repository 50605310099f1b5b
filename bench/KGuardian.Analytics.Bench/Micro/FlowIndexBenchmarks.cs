using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Bench.Model;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>Time a key of the dedup index: held, not held and added one by one.</summary>
[MemoryDiagnoser]
public class FlowIndexBenchmarks
{
    private const int Asked = 1 << 16;
    private const int Added = 1_000_000;
    private const ushort Day = 20_000;

    private readonly FlowKey[] _known = new FlowKey[Asked];
    private readonly FlowKey[] _unknown = new FlowKey[Asked];
    private readonly FlowKey[] _added = new FlowKey[Added];
    private FlowIndex _index = new(long.MaxValue);

    [Params(100_000, 10_000_000)]
    public int Flows { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        var random = new FastRandom(1);
        _index = new FlowIndex(long.MaxValue);
        // The keys asked for are spread over all of the index, as repeats are.
        var everyNth = Flows / Asked;
        for (var i = 0; i < Flows; i++)
        {
            var key = NewKey(ref random);
            _index.Add(key, Day);
            if (i / everyNth < Asked)
            {
                _known[i / everyNth] = key;
            }
        }

        for (var i = 0; i < Asked; i++)
        {
            _unknown[i] = NewKey(ref random);
        }

        for (var i = 0; i < Added; i++)
        {
            _added[i] = NewKey(ref random);
        }
    }

    [Benchmark(OperationsPerInvoke = Asked)]
    public int Hit() => CountOf(_known);

    [Benchmark(OperationsPerInvoke = Asked)]
    public int Miss() => CountOf(_unknown);

    /// <summary>A million into an empty index that grows on the way; does not depend on <see cref="Flows"/>.</summary>
    [Benchmark(OperationsPerInvoke = Added)]
    public long Add() => Fill(new FlowIndex(long.MaxValue));

    private int CountOf(FlowKey[] keys)
    {
        var found = 0;
        foreach (var key in keys)
        {
            found += _index.Contains(key) ? 1 : 0;
        }

        return found;
    }

    private long Fill(FlowIndex index)
    {
        foreach (var key in _added)
        {
            index.Add(key, Day);
        }

        return index.Count;
    }

    private static FlowKey NewKey(ref FastRandom random) => new(random.Next(), random.Next());
}
