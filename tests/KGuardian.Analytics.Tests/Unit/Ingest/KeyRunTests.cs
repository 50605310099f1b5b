using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>Runs of known keys on disk, against a dictionary.</summary>
public sealed class KeyRunTests : IDisposable
{
    private const ushort Day = 20_000;

    private readonly TestDirectory _directory = new();

    private string NewPath => Path.Combine(_directory.Path, Guid.NewGuid().ToString("N"));

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 300)]
    [InlineData(679, 1)]
    [InlineData(680, 1)]
    [InlineData(681, 1)]
    [InlineData(100_000, 30)]
    [InlineData(50_000, 256)]
    [InlineData(50_000, 257)]
    [InlineData(50_000, 40_000)]
    public void Run_holds_what_was_written_with_its_days_and_nothing_else(int keys, int days)
    {
        var random = new Random(Fuzz.Seed(keys + days));
        var model = new SortedDictionary<KeyEntry, ushort>();
        for (var i = 0; i < keys; i++)
        {
            var entry = new KeyEntry((ulong)random.NextInt64(long.MinValue, long.MaxValue), (uint)random.NextInt64(), (ushort)(1000 + random.Next(days)));
            model.TryAdd(entry, entry.Day);
        }

        using var run = Write(model.Select(pair => pair.Key with { Day = pair.Value }), 1000, (ushort)(999 + days));

        AssertHolds(model, run);
        var foreign = Enumerable.Range(0, 1000).Select(_ => new KeyEntry((ulong)random.NextInt64(), (uint)random.NextInt64(), 0))
            .Where(key => !model.ContainsKey(key));
        Assert.All(foreign, key => Assert.Equal(-1, run.FindDay(key.Lo, key.Tail)));
        Assert.All([(0UL, 0U), (ulong.MaxValue, uint.MaxValue)], edge => Assert.Equal(-1, run.FindDay(edge.Item1, edge.Item2)));
    }

    [Fact]
    public void Keys_whose_low_halves_are_alike_are_told_apart_across_pages()
    {
        var random = new Random(Fuzz.Seed(11));
        // A few low halves with thousands of tails each: more than a page holds.
        ulong[] halves = [0, 1, 2, 1UL << 32, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue];
        var model = new SortedDictionary<KeyEntry, ushort>();
        for (var i = 0; i < 20_000; i++)
        {
            model[new KeyEntry(random.GetItems(halves, 1)[0], (uint)random.Next(10_000), 0)] = (ushort)(Day + random.Next(9));
        }

        using var run = Write(model.Select(pair => pair.Key with { Day = pair.Value }), Day, Day + 8);

        AssertHolds(model, run);
        Assert.All(halves, half => Assert.Equal(-1, run.FindDay(half, 10_001)));
    }

    [Fact]
    public void Key_that_comes_again_is_kept_once_with_its_later_day()
    {
        // In places where a page ends, too.
        var entries = Enumerable.Range(0, 3000).Select(i => new KeyEntry((ulong)i * 7, 5, Day))
            .SelectMany(entry => new[] { entry with { Day = Day + 1 }, entry, entry with { Day = Day + 2 } });

        using var run = Write(entries, Day, Day + 2);

        Assert.Equal(3000, run.Keys);
        Assert.All(Enumerable.Range(0, 3000), i => Assert.Equal(Day + 2, run.FindDay((ulong)i * 7, 5)));
        Assert.Equal([0, 0, 3000], run.KeysOfDays);
    }

    [Fact]
    public void Nothing_written_is_no_file()
    {
        var path = NewPath;
        using (var writer = new KeyRunWriter(path, 10, Day, Day))
        {
            Assert.Null(writer.Finish());
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Writer_that_is_not_finished_leaves_no_file()
    {
        var path = NewPath;
        using (var writer = new KeyRunWriter(path, 10_000, Day, Day))
        {
            for (var i = 0UL; i < 10_000; i++)
            {
                writer.Add(new KeyEntry(i, 0, Day));
            }
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Filter_knows_its_keys_and_lets_few_others_pass()
    {
        var random = new Random(Fuzz.Seed(5));
        using var filter = BloomFilter.For(200_000);
        var keys = Enumerable.Range(0, 200_000)
            .Select(_ => (Lo: (ulong)random.NextInt64(long.MinValue, long.MaxValue), Tail: (uint)random.NextInt64())).ToArray();
        foreach (var (lo, tail) in keys)
        {
            filter.Add(lo, tail);
        }

        Assert.All(keys, key => Assert.True(filter.MayContain(key.Lo, key.Tail)));
        var passed = Enumerable.Range(0, 200_000)
            .Count(_ => filter.MayContain((ulong)random.NextInt64(long.MinValue, long.MaxValue), (uint)random.NextInt64()));
        // 0.42 % of them, as the arithmetic at the class says: 840 of 200,000, and five standard deviations of 29 to each side.
        Assert.InRange(passed, 840 - 145, 840 + 145);
        Assert.InRange(filter.Bytes / 200_000.0, 1.5, 1.51);
    }

    [Fact]
    public void Large_run_takes_the_bytes_it_is_said_to_take()
    {
        var random = new Random(Fuzz.Seed(6));
        var entries = Enumerable.Range(0, 500_000)
            .Select(_ => new KeyEntry((ulong)random.NextInt64(long.MinValue, long.MaxValue), (uint)random.NextInt64(), (ushort)(Day + random.Next(30))))
            .Order();

        using var run = Write(entries, Day, Day + 29);

        // 340 keys a page, and 2^64 / 1,470 pages is a number of 7 bytes: 7 + 4 + 1 and a filter of 1.5. A run of 100 million has 6 instead of 7.
        Assert.InRange(run.FileBytes / 500_000.0, 13.5, 13.65);
        Assert.InRange(run.MemoryBytes / 500_000.0, 1.5, 1.55);
    }

    private KeyRun Write(IEnumerable<KeyEntry> entries, ushort firstDay, ushort lastDay)
    {
        var all = entries.ToArray();
        using var writer = new KeyRunWriter(NewPath, all.Length, firstDay, lastDay);
        foreach (var entry in all)
        {
            writer.Add(entry);
        }

        return writer.Finish()!;
    }

    private static void AssertHolds(SortedDictionary<KeyEntry, ushort> model, KeyRun run)
    {
        Assert.Equal(model.Count, run.Keys);
        foreach (var (key, day) in model)
        {
            Assert.True(run.Filter.MayContain(key.Lo, key.Tail));
            Assert.Equal(day, run.FindDay(key.Lo, key.Tail));
        }

        var cursor = new RunCursor(run);
        foreach (var (key, day) in model)
        {
            Assert.True(cursor.MoveNext());
            Assert.Equal(key with { Day = day }, cursor.Current);
        }

        Assert.False(cursor.MoveNext());
        var counts = Enumerable.Range(run.FirstDay, run.KeysOfDays.Count).Select(day => (long)model.Values.Count(held => held == day));
        if (run.KeysOfDays.Count < 1000)
        {
            Assert.Equal(counts, run.KeysOfDays);
        }

        Assert.Equal(model.Count, run.KeysOfDays.Sum());
    }
}
