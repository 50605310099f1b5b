using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>What a bad disk, or somebody, does to a run's file: it is refused, or answers as before; it never says that a flow is known that is not.</summary>
public sealed class KeyRunDamageTests : IDisposable
{
    private const int Keys = 3000;
    private const ushort Day = 20_000;

    private readonly TestDirectory _directory = new();
    private readonly string _path;
    private readonly byte[] _whole;

    public KeyRunDamageTests()
    {
        _path = Path.Combine(_directory.Path, "run");
        using (var writer = new KeyRunWriter(_path, Keys, Day, Day + 2))
        {
            for (var i = 0; i < Keys; i++)
            {
                writer.Add(Entry(i));
            }

            writer.Finish()!.Dispose();
        }

        _whole = File.ReadAllBytes(_path);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void File_that_is_cut_is_refused_by_name()
    {
        foreach (var length in Enumerable.Range(0, 40).Select(i => _whole.Length * i / 40).Append(_whole.Length - 1))
        {
            File.WriteAllBytes(_path, _whole[..length]);
            Assert.Contains(_path, Assert.Throws<InvalidDataException>(() => KeyRun.Open(_path)).Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(_path, [.. _whole, 0]);
        Assert.Throws<InvalidDataException>(() => KeyRun.Open(_path));
    }

    [Fact]
    public void File_with_a_flipped_bit_anywhere_is_refused_or_its_page_is()
    {
        var random = new Random(Fuzz.Seed(3));
        for (var i = 0; i < 400; i++)
        {
            var damaged = _whole.ToArray();
            var at = random.Next(damaged.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            AssertRefusedOrRight(damaged, mayBeRight: false);
        }
    }

    [Fact]
    public void File_of_anything_is_refused_or_right()
    {
        var random = new Random(Fuzz.Seed(4));
        for (var i = 0; i < 400; i++)
        {
            var damaged = _whole.ToArray();
            for (var pieces = random.Next(1, 4); pieces > 0; pieces--)
            {
                // Pieces of the file itself in the wrong place are what a checksum of the wrong range lets pass.
                var length = random.Next(1, 9000);
                int from = random.Next(damaged.Length - length), to = random.Next(damaged.Length - length);
                _whole.AsSpan(from, length).CopyTo(damaged.AsSpan(to));
            }

            AssertRefusedOrRight(damaged, mayBeRight: true);
        }
    }

    [Fact]
    public void Page_in_the_place_of_another_one_says_of_no_flow_that_it_is_known()
    {
        // Whole pages that change places pass their checksums: keys are missed then, which the table of first keys shows.
        var damaged = _whole.ToArray();
        _whole.AsSpan(4096, 4096).CopyTo(damaged.AsSpan(2 * 4096));
        File.WriteAllBytes(_path, damaged);
        using var run = KeyRun.Open(_path);

        Assert.Throws<InvalidDataException>(() => Enumerable.Range(0, Keys).Select(i => run.FindDay(Entry(i).Lo, Entry(i).Tail)).ToArray());
    }

    [Fact]
    public void Head_that_claims_more_than_the_file_holds_takes_no_memory()
    {
        var header = RunHeader.Read(_whole.AsSpan(0, 4096), _whole.Length);
        RunHeader[] claims =
        [
            header with { Pages = int.MaxValue }, header with { FilterBytes = 1L << 40 }, header with { Keys = long.MaxValue }, header with { Pages = 0 },
            header with { FirstDay = 0 }, header with { LastDay = ushort.MaxValue }, header with { FilterBytes = header.FilterBytes - 1 },
            header with { Keys = -1 },
            header with { Pages = -5 }, header with { FilterBytes = -64 }, header with { FilterBytes = long.MinValue },
        ];
        foreach (var claim in claims)
        {
            var damaged = _whole.ToArray();
            claim.Write(damaged.AsSpan(0, 4096));
            File.WriteAllBytes(_path, damaged);
            Assert.Throws<InvalidDataException>(() => KeyRun.Open(_path));
        }
    }

    private static KeyEntry Entry(int i) => new((ulong)i * (ulong.MaxValue / Keys), (uint)i, (ushort)(Day + (i % 3)));

    private void AssertRefusedOrRight(byte[] damaged, bool mayBeRight)
    {
        File.WriteAllBytes(_path, damaged);
        try
        {
            using var run = KeyRun.Open(_path);
            for (var i = 0; i < Keys; i++)
            {
                var entry = Entry(i);
                Assert.True(run.Filter.MayContain(entry.Lo, entry.Tail));
                Assert.Equal(entry.Day, run.FindDay(entry.Lo, entry.Tail));
                Assert.Equal(-1, run.FindDay(entry.Lo, entry.Tail + 1));
            }

            Assert.True(mayBeRight, "a flipped bit was not seen");
        }
        catch (InvalidDataException e)
        {
            Assert.Contains(_path, e.Message, StringComparison.Ordinal);
        }
    }
}
