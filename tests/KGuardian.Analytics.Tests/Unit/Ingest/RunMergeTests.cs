using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>Runs that are merged, against a dictionary.</summary>
public sealed class RunMergeTests : IDisposable
{
    private const ushort FirstDay = 20_000;

    private readonly TestDirectory _directory = new();

    private string NewPath => Path.Combine(_directory.Path, Guid.NewGuid().ToString("N"));

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(5, 3)]
    [InlineData(9, 8)]
    public void Merged_run_has_every_flow_once_with_its_latest_day_and_none_that_expired(int runs, int expiredDays)
    {
        var random = new Random(Fuzz.Seed((runs * 100) + expiredDays));
        var oldest = (ushort)(FirstDay + expiredDays);
        var model = new SortedDictionary<KeyEntry, ushort>();
        var merged = new List<KeyRun>();
        for (var i = 0; i < runs; i++)
        {
            var entries = new SortedDictionary<KeyEntry, ushort>();
            for (var n = 0; n < 4000 * (i + 1); n++)
            {
                // Keys of 20,000: many are in several runs.
                var key = random.Next(20_000);
                entries[new KeyEntry((ulong)key * 0x9E3779B97F4A7C15, (uint)key, 0)] = (ushort)(FirstDay + random.Next(10));
            }

            foreach (var (key, day) in entries)
            {
                model[key] = Math.Max(day, model.GetValueOrDefault(key));
            }

            merged.Add(Write(entries.Select(pair => pair.Key with { Day = pair.Value })));
        }

        using var run = RunMerge.Write(NewPath, merged, oldest, CancellationToken.None);

        var expected = model.Where(pair => pair.Value >= oldest).Select(pair => pair.Key with { Day = pair.Value }).ToArray();
        Assert.Equal(expected, Entries(run!));
        Assert.All(expected, entry => Assert.Equal(entry.Day, run!.FindDay(entry.Lo, entry.Tail)));
        Assert.All(model.Where(pair => pair.Value < oldest), pair => Assert.Equal(-1, run!.FindDay(pair.Key.Lo, pair.Key.Tail)));
        Assert.Equal(expected.LongLength, RunMerge.KeysFrom(run!, oldest));
        merged.ForEach(each => each.Dispose());
    }

    [Fact]
    public void Merged_run_of_expired_flows_is_no_file()
    {
        using var old = Write(Enumerable.Range(0, 1000).Select(i => new KeyEntry((ulong)i, 1, FirstDay)));
        var path = NewPath;

        Assert.Null(RunMerge.Write(path, [old], FirstDay + 10, CancellationToken.None));
        Assert.False(File.Exists(path));
        // Its last day has not expired, and none of its keys are of that day.
        Assert.Null(RunMerge.Write(path, [old], FirstDay + 9, CancellationToken.None));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Merge_that_is_given_up_leaves_no_file()
    {
        using var run = Write(Enumerable.Range(0, 100_000).Select(i => new KeyEntry((ulong)i, 1, FirstDay)));
        var path = NewPath;

        Assert.Throws<OperationCanceledException>(() => RunMerge.Write(path, [run], FirstDay, new CancellationToken(canceled: true)));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Runs_stay_few_and_each_key_is_written_seldom()
    {
        const int Flushes = 300;
        var runs = new List<KeyRun>();
        var written = 0L;
        for (var flush = 0; flush < Flushes; flush++)
        {
            runs.Add(Write(Enumerable.Range(0, 100).Select(i => new KeyEntry(((ulong)flush << 32) | (uint)i, 1, FirstDay))));
            if (RunMerge.Due(runs) is > 0 and var due)
            {
                var run = RunMerge.Write(NewPath, runs[^due..], FirstDay, CancellationToken.None)!;
                written += run.Keys;
                runs[^due..].ForEach(merged => merged.Dispose());
                runs.RemoveRange(runs.Count - due, due);
                runs.Add(run);
            }

            Assert.Equal(0, RunMerge.Due(runs));
            // The binary logarithm of 300 is 8.2.
            Assert.InRange(runs.Count, 1, 9);
        }

        Assert.Equal(Flushes * 100, runs.Sum(run => run.Keys));
        Assert.InRange(written / (Flushes * 100.0), 1, 8.2);
        runs.ForEach(run => run.Dispose());
    }

    private KeyRun Write(IEnumerable<KeyEntry> entries)
    {
        var all = entries.ToArray();
        using var writer = new KeyRunWriter(NewPath, all.Length, FirstDay, FirstDay + 9);
        Array.ForEach(all, writer.Add);
        return writer.Finish()!;
    }

    private static List<KeyEntry> Entries(KeyRun run)
    {
        var entries = new List<KeyEntry>();
        for (var cursor = new RunCursor(run); cursor.MoveNext();)
        {
            entries.Add(cursor.Current);
        }

        return entries;
    }
}
