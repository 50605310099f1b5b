using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Bench.Model;
using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>
/// Time a key of a run of known flows: written in order, merged, asked of the filter (a new flow), and found in the file (a repeat that memory does
/// not hold). The file is in the system's page cache.
/// </summary>
[MemoryDiagnoser]
public class KeyRunBenchmarks
{
    private const int Asked = 1 << 16;
    private const int Merged = 2_000_000;
    private const ushort Day = 20_000;

    private readonly string _directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
    private readonly KeyEntry[] _known = new KeyEntry[Asked];
    private readonly KeyEntry[] _unknown = new KeyEntry[Asked];
    private KeyEntry[] _unsorted = [];
    private KeyEntry[] _sorted = [];
    private KeyRun[] _halves = [];
    private KeyRun _run = null!;

    [Params(20_000_000)]
    public int Flows { get; set; }

    [GlobalSetup]
    public void Prepare()
    {
        Directory.CreateDirectory(_directory);
        var random = new FastRandom(1);
        var keys = NewKeys(ref random, Flows);
        Array.Sort(keys);
        _run = Write(keys)!;
        for (var i = 0; i < Asked; i++)
        {
            // In no order, spread over all of the file.
            _known[i] = keys[(int)(random.Next() % (ulong)Flows)];
        }

        NewKeys(ref random, Asked).CopyTo(_unknown, 0);
        _unsorted = NewKeys(ref random, Merged);
        _sorted = [.. _unsorted.Order()];
        _halves = [Write(_sorted.Where((_, i) => i % 2 == 0).ToArray())!, Write(_sorted.Where((_, i) => i % 2 == 1).ToArray())!];
    }

    [GlobalCleanup]
    public void Clean()
    {
        Array.ForEach(_halves, run => run.Dispose());
        _run.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Asked)]
    public int FilterOfNewFlow()
    {
        var passed = 0;
        foreach (var key in _unknown)
        {
            passed += _run.Filter.MayContain(key.Lo, key.Tail) ? 1 : 0;
        }

        return passed;
    }

    [Benchmark(OperationsPerInvoke = Asked)]
    public int FindKnownFlow()
    {
        var days = 0;
        foreach (var key in _known)
        {
            days += _run.FindDay(key.Lo, key.Tail);
        }

        return days;
    }

    /// <summary>Does not depend on <see cref="Flows"/>.</summary>
    [Benchmark(OperationsPerInvoke = Merged)]
    public long WriteSorted() => Delete(Write(_sorted)!);

    /// <summary>What precedes the writing of new keys; with a copy of them, 5 ns or so.</summary>
    [Benchmark(OperationsPerInvoke = Merged)]
    public int Sort()
    {
        var keys = _unsorted.ToArray();
        Array.Sort(keys);
        return keys.Length;
    }

    /// <summary>Two runs become one.</summary>
    [Benchmark(OperationsPerInvoke = Merged)]
    public long Merge() => Delete(RunMerge.Write(NewPath(), _halves, Day, CancellationToken.None)!);

    private static KeyEntry[] NewKeys(ref FastRandom random, int count)
    {
        var keys = new KeyEntry[count];
        for (var i = 0; i < count; i++)
        {
            keys[i] = new KeyEntry(random.Next(), (uint)random.Next(), (ushort)(Day + (i % 30)));
        }

        return keys;
    }

    private static long Delete(KeyRun run)
    {
        using (run)
        {
            File.Delete(run.Path);
            return run.FileBytes;
        }
    }

    private KeyRun? Write(KeyEntry[] keys)
    {
        using var writer = new KeyRunWriter(NewPath(), keys.Length, Day, Day + 29);
        foreach (var key in keys)
        {
            writer.Add(key);
        }

        return writer.Finish();
    }

    private string NewPath() => Path.Combine(_directory, Path.GetRandomFileName());
}
