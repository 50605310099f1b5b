using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>The runs of a directory over restarts, after each step of a change, and with damaged files.</summary>
public sealed class RunDirectoryTests : IDisposable
{
    private const ushort Day = 20_000;

    private readonly TestDirectory _directory = new();

    private string ManifestPath => Path.Combine(_directory.Path, "runs.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void New_directory_knows_nothing_and_has_no_problem()
    {
        using var runs = Open();

        Assert.Null(runs.Watermark);
        Assert.Null(runs.Problem);
        Assert.Empty(runs.Runs);
    }

    [Fact]
    public void Runs_are_there_after_a_restart_with_their_watermark()
    {
        using (var runs = Open())
        {
            runs.Append(Write(runs, 0, 1000), 17);
            runs.Append(Write(runs, 1000, 500), 18);
            // All flows up to 20 are known, and none of them is new.
            runs.Append(null, 20);
        }

        using var again = Open();

        Assert.Null(again.Problem);
        Assert.Equal(20, again.Watermark);
        Assert.Equal([1000, 500], again.Runs.Select(run => run.Keys));
        AssertKnown(again, 1500);
    }

    [Fact]
    public void Merged_runs_are_one_and_their_files_are_gone()
    {
        using (var runs = Open())
        {
            for (var i = 0; i < 4; i++)
            {
                runs.Append(Write(runs, i * 100, 100), i);
            }

            var merged = runs.Runs.Skip(1).Take(2).ToArray();
            runs.Replace(merged, RunMerge.Write(runs.NewPath(), merged, Day, CancellationToken.None));
            Assert.Equal([100, 200, 100], runs.Runs.Select(run => run.Keys));
            Assert.Throws<ArgumentException>(() => runs.Replace(merged, null));
            // Whoever is in them may go on.
            Assert.Equal(Day, merged[0].FindDay(Entry(100).Lo, Entry(100).Tail));
            RunDirectory.Delete(merged);
            Assert.Throws<ObjectDisposedException>(() => merged[0].FindDay(Entry(100).Lo, Entry(100).Tail));
        }

        Assert.Equal(3, Directory.GetFiles(_directory.Path, "*.keys").Length);
        using var again = Open();
        AssertKnown(again, 400);
        Assert.Equal(3, again.Watermark);
    }

    [Fact]
    public void Files_of_a_change_that_was_cut_short_are_deleted_and_count_for_nothing()
    {
        using (var runs = Open())
        {
            runs.Append(Write(runs, 0, 100), 1);
            // Killed before the manifest was replaced: a run that is whole, one that is not, and a draft of the manifest.
            Write(runs, 100, 100).Dispose();
            File.WriteAllBytes(runs.NewPath(), new byte[5000]);
            File.WriteAllText(ManifestPath + ".draft", "{");
        }

        using var again = Open();

        Assert.Null(again.Problem);
        Assert.Single(Directory.GetFiles(_directory.Path, "*.keys"));
        AssertKnown(again, 100);
        again.Append(Write(again, 100, 100), 2);
        AssertKnown(again, 200);
    }

    [Fact]
    public void Files_whose_making_was_cut_short_are_of_no_use_after_a_restart()
    {
        using (var runs = Open())
        {
            runs.Append(Write(runs, 0, 100), null);
            AssertKnown(runs, 100);
        }

        using var again = Open();

        Assert.Contains("cut short", again.Problem, StringComparison.Ordinal);
        Assert.Empty(again.Runs);
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void Watermark_stays_where_none_is_given()
    {
        using var runs = Open();
        runs.Append(Write(runs, 0, 100), 7);
        runs.Append(Write(runs, 100, 100), null);

        Assert.Equal(7, runs.Watermark);
    }

    [Fact]
    public void Clear_leaves_nothing_behind_a_restart()
    {
        using (var runs = Open())
        {
            runs.Append(Write(runs, 0, 100), 1);
            runs.Clear();
            Assert.Empty(runs.Runs);
        }

        Assert.Empty(Directory.GetFiles(_directory.Path));
        using var again = Open();
        Assert.Null(again.Watermark);
        Assert.Null(again.Problem);
    }

    [Fact]
    public void Flows_of_another_store_are_not_those_of_this_one()
    {
        using (var runs = Open())
        {
            runs.Append(Write(runs, 0, 100), 1);
        }

        using var other = new RunDirectory(_directory.Path, "another store");

        Assert.Contains("another store", other.Problem, StringComparison.Ordinal);
        Assert.Null(other.Watermark);
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("flipped")]
    [InlineData("gone")]
    [InlineData("exchanged")]
    public void Run_that_is_damaged_makes_all_of_no_use_and_says_why(string damage)
    {
        string[] paths;
        using (var runs = Open())
        {
            runs.Append(Write(runs, 0, 100), 1);
            runs.Append(Write(runs, 100, 100), 2);
            paths = [.. runs.Runs.Select(run => run.Path)];
        }

        var bytes = File.ReadAllBytes(paths[0]);
        switch (damage)
        {
            case "cut": File.WriteAllBytes(paths[0], bytes[..^1]); break;
            case "flipped": bytes[^1] ^= 1; File.WriteAllBytes(paths[0], bytes); break;
            case "gone": File.Delete(paths[0]); break;
            default: File.Copy(paths[1], paths[0], overwrite: true); break;
        }

        using var again = Open();

        Assert.Contains(paths[0], again.Problem, StringComparison.Ordinal);
        Assert.Null(again.Watermark);
        Assert.Empty(again.Runs);
        Assert.Empty(Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public void Manifest_that_is_damaged_anywhere_is_seen()
    {
        byte[] whole;
        byte[] run;
        string path;
        using (var runs = Open())
        {
            runs.Append(Write(runs, 0, 100), 1);
            path = runs.Runs[0].Path;
        }

        (whole, run) = (File.ReadAllBytes(ManifestPath), File.ReadAllBytes(path));
        for (var at = 0; at < whole.Length; at++)
        {
            var flipped = whole.ToArray();
            flipped[at] ^= 4;
            AssertRefused(flipped);
            AssertRefused(whole[..at]);
        }

        AssertRefused([.. whole, 0]);
        AssertRefused(new byte[2 << 20]);

        void AssertRefused(byte[] manifest)
        {
            File.WriteAllBytes(ManifestPath, manifest);
            File.WriteAllBytes(path, run);
            using var again = Open();
            Assert.Contains(ManifestPath, again.Problem, StringComparison.Ordinal);
            Assert.Null(again.Watermark);
            Assert.Empty(Directory.GetFiles(_directory.Path));
        }
    }

    private static KeyEntry Entry(int i) => new((ulong)i * 0x9E3779B97F4A7C15, (uint)i, Day);

    private static KeyRun Write(RunDirectory runs, int first, int count)
    {
        using var writer = new KeyRunWriter(runs.NewPath(), count, Day, Day);
        foreach (var entry in Enumerable.Range(first, count).Select(Entry).Order())
        {
            writer.Add(entry);
        }

        return writer.Finish()!;
    }

    private static void AssertKnown(RunDirectory runs, int count) => Assert.All(Enumerable.Range(0, count).Select(Entry), entry =>
        Assert.Single(runs.Runs, run => run.Filter.MayContain(entry.Lo, entry.Tail) && run.FindDay(entry.Lo, entry.Tail) == Day));

    private RunDirectory Open() => new(_directory.Path, "a store");
}
