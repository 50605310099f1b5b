using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>What a crash or a bad disk does to the file: earlier records survive, and nothing comes back that was not acknowledged.</summary>
public sealed class JournalDamageTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly byte[][] _records;
    private readonly byte[] _whole;
    private readonly int _begin;
    private readonly int _end;

    public JournalDamageTests()
    {
        _records = [.. Enumerable.Range(0, 3).Select(i => TestFlows.Saved(TestFlows.Block([i])))];
        using (var journal = new Journal(_directory.Path))
        {
            _ = journal.Replay();
            foreach (var record in _records)
            {
                journal.Append(JournalRecord.Read(record));
            }
        }

        _begin = _records.Take(2).Sum(record => record.Length + 28);
        _end = _begin + _records[2].Length + 28;
        _whole = File.ReadAllBytes(FilePath)[..(_end + 64)];
    }

    private string FilePath => Path.Combine(_directory.Path, "journal-0");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Replay_of_a_last_record_torn_anywhere_gives_all_before_it()
    {
        for (var at = _begin; at < _end; at++)
        {
            // A record that ends in zeros is whole without them.
            AssertReplays(_whole.AsSpan(at, _end - at).ContainsAnyExcept((byte)0) ? 2 : 3, _whole[..at]);
        }

        AssertReplays(3, _whole[.._end]);
    }

    [Fact]
    public void Replay_of_a_file_that_ends_inside_a_record_gives_all_before_it()
    {
        // Opening makes a short file whole again, with zeros: behind the tear is no record, however long it says it is.
        foreach (var at in new[] { _begin + 1, _begin + 28, _begin + 100 })
        {
            File.WriteAllBytes(FilePath, _whole[..at]);
            AssertReplays(2);
        }
    }

    [Fact]
    public void Replay_of_a_record_with_a_flipped_bit_gives_all_before_it()
    {
        for (var at = 0; at < _end; at++)
        {
            var damaged = _whole.ToArray();
            damaged[at] ^= (byte)(1 << (at % 8));
            AssertReplays(at >= _begin ? 2 : at >= _records[0].Length + 28 ? 1 : 0, damaged);
        }
    }

    [Fact]
    public void Replay_of_noise_gives_nothing()
    {
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var noise = new byte[random.Next(2000)];
            random.NextBytes(noise);
            AssertReplays(0, noise);
            // With a right magic number, and any length.
            if (noise.Length > 28)
            {
                "KGJ1"u8.CopyTo(noise);
                AssertReplays(0, noise);
            }
        }
    }

    private void AssertReplays(int records, byte[] content)
    {
        // In place: the file keeps its 8 MiB, and so does not have to be made whole a thousand times.
        using (var file = new FileStream(FilePath, FileMode.Open))
        {
            file.Write(content);
            file.Write(new byte[Math.Max(0, _end + 2000 - content.Length)]);
        }

        AssertReplays(records);
    }

    private void AssertReplays(int records)
    {
        using var journal = new Journal(_directory.Path);
        Assert.Equal(_records.Take(records), journal.Replay().Select(TestFlows.Saved));
    }
}
