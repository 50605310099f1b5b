using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class JournalTests : IDisposable
{
    private const int Turn = 8 << 20;

    private readonly TestDirectory _directory = new();

    private string Zero => Path.Combine(_directory.Path, "journal-0");

    private string One => Path.Combine(_directory.Path, "journal-1");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Replay_of_a_new_journal_gives_nothing() => Assert.Empty(Replay());

    [Fact]
    public void Replay_after_reopening_gives_what_was_appended_in_order()
    {
        Append(TestFlows.Block([1, 2]), TestFlows.Block([3]), TestFlows.Block([4, 5, 6]));

        Assert.Equal([1, 2, 3, 4, 5, 6], Numbers(Replay()));
        // Reading changes nothing.
        Assert.Equal([1, 2, 3, 4, 5, 6], Numbers(Replay()));
    }

    [Fact]
    public void Replay_after_reset_gives_only_what_came_later()
    {
        // A longer past, so that records of it stand behind the new one's end.
        Append([.. Enumerable.Range(0, 20).Select(i => TestFlows.Block([i]))]);
        using (var journal = new Journal(_directory.Path))
        {
            Assert.Equal(20, journal.Replay().Count());
            journal.Reset();
        }

        Assert.Empty(Replay());
        Append(TestFlows.Block([100]));
        Assert.Equal([100], Numbers(Replay()));
    }

    [Fact]
    public void Replay_after_release_and_overwriting_gives_no_record_of_the_earlier_epoch()
    {
        using (var journal = new Journal(_directory.Path))
        {
            _ = journal.Replay();
            journal.Reset();
            // Records of one size: a stale one begins just where the new one ends.
            long last = 0;
            for (var i = 10; i < 30; i++)
            {
                last = journal.Append(TestFlows.Block([i]));
            }

            Assert.NotEqual(0, journal.PendingBytes);
            journal.TruncateBefore(last);
            Assert.Equal(0, journal.PendingBytes);
            journal.Append(TestFlows.Block([30]));
            journal.Append(TestFlows.Block([31]));
        }

        Assert.Equal([30, 31], Numbers(Replay()));
    }

    [Fact]
    public void Append_over_a_full_file_turns_to_the_other_and_back_and_keeps_the_order()
    {
        var size = TestFlows.Saved(Large(0)).Length + 28;
        var perTurn = (Turn + size - 1) / size;
        using (var journal = new Journal(_directory.Path))
        {
            _ = journal.Replay();
            journal.Reset();
            // Until the first file is full, and one into the second.
            for (var i = 0; i <= perTurn; i++)
            {
                Assert.Equal(i + 1, journal.Append(Large(i)));
            }

            Assert.InRange(journal.PendingBytes, Turn, Turn + (2 * size));
            // The first file's are in ClickHouse now: it is written over when the second is full.
            journal.TruncateBefore(perTurn);
            for (var i = perTurn + 1; i <= 2 * perTurn; i++)
            {
                journal.Append(Large(i));
            }
        }

        // Neither grew by more than the record that filled it.
        Assert.All(new[] { Zero, One }, path => Assert.InRange(new FileInfo(path).Length, Turn, Turn + size));
        Assert.Equal(Enumerable.Range(perTurn, perTurn + 1), Replay().Select(Label));
    }

    [Fact]
    public void Append_while_nothing_is_released_grows_and_loses_nothing()
    {
        var count = 3 * Turn / TestFlows.Saved(Large(0)).Length;
        using (var journal = new Journal(_directory.Path))
        {
            _ = journal.Replay();
            journal.Reset();
            for (var i = 0; i < count; i++)
            {
                journal.Append(Large(i));
            }

            Assert.InRange(journal.PendingBytes, 2 * Turn, 4 * Turn);
        }

        Assert.Equal(Enumerable.Range(0, count), Replay().Select(Label));
    }

    [Fact]
    public void Journal_in_use_is_refused_to_a_second_server()
    {
        using var first = new Journal(_directory.Path);

        Assert.ThrowsAny<IOException>(() => new Journal(_directory.Path));
    }

    [Fact]
    public void Journal_in_a_directory_that_cannot_be_is_an_io_error()
    {
        File.WriteAllText(Path.Combine(_directory.Path, "file"), "");

        Assert.ThrowsAny<IOException>(() => new Journal(Path.Combine(_directory.Path, "file")));
        Assert.ThrowsAny<IOException>(() => new Journal(Path.Combine(_directory.Path, "file", "below")));
        Directory.CreateDirectory(Path.Combine(_directory.Path, "taken", "journal-0"));
        Assert.Throws<UnauthorizedAccessException>(() => new Journal(Path.Combine(_directory.Path, "taken")));
    }

    [Fact]
    public void Append_to_a_full_disk_throws_and_the_next_one_takes_its_place()
    {
        using (var journal = new Journal(_directory.Path))
        {
            _ = journal.Replay();
            journal.Reset();
            journal.Append(TestFlows.Block([1]));
            using (FullDisk.Under(Zero))
            {
                Assert.ThrowsAny<IOException>(() => journal.Append(TestFlows.Block([2])));
            }

            Assert.Equal(2, journal.Append(TestFlows.Block([3])));
        }

        Assert.Equal([1, 3], Numbers(Replay()));
    }

    private static FlowBlock Large(int label)
    {
        var block = TestFlows.Block([label]);
        block.Append(Filler.Value);
        return block;
    }

    private static readonly Lazy<FlowBlock> Filler = new(() => TestFlows.Block(Enumerable.Range(50_000, 2000)));

    private static int Label(FlowBlock block) => Numbers([block])[0];

    private static int[] Numbers(IEnumerable<FlowBlock> blocks)
    {
        var known = Known.Value;
        return [.. blocks.SelectMany(block => block.Keys.ToArray()).Select(key => known.GetValueOrDefault(key, -1))];
    }

    private static readonly Lazy<Dictionary<FlowKey, int>> Known = new(() =>
    {
        var keys = TestFlows.Batch(Enumerable.Range(0, 2000)).Keys.ToArray();
        return keys.Index().ToDictionary(key => key.Item, key => key.Index);
    });

    private void Append(params FlowBlock[] blocks)
    {
        using var journal = new Journal(_directory.Path);
        _ = journal.Replay();
        foreach (var block in blocks)
        {
            journal.Append(block);
        }
    }

    private FlowBlock[] Replay()
    {
        using var journal = new Journal(_directory.Path);
        return [.. journal.Replay()];
    }
}
