using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// Known flows in an immutable file, sorted by key. In memory are its filter, which says of nearly every foreign key that it is not here, and where
/// each page begins, so that looking a key up reads one page. Safe for concurrent use, but for <see cref="Filter"/> and <see cref="Dispose"/>.
/// </summary>
internal sealed class KeyRun : IDisposable
{
    /// <summary>Bytes of the filter that are read at once.</summary>
    private const int FilterSlice = 1 << 20;

    private readonly SafeFileHandle _file;
    private readonly RunHeader _header;
    private readonly ulong[] _firsts;

    private KeyRun(string path, SafeFileHandle file, RunHeader header, ulong[] firsts, long[] keysOfDays, BloomFilter filter)
    {
        Path = path;
        _file = file;
        _header = header;
        _firsts = firsts;
        KeysOfDays = keysOfDays;
        Filter = filter;
    }

    /// <summary>Its file.</summary>
    public string Path { get; }

    /// <summary>What tells it from every other run.</summary>
    public Guid Id => _header.Id;

    /// <summary>Keys, those of expired days included.</summary>
    public long Keys => _header.Keys;

    /// <summary>The earliest arrival day, in days since 1970.</summary>
    public ushort FirstDay => _header.FirstDay;

    /// <summary>The latest one.</summary>
    public ushort LastDay => _header.LastDay;

    /// <summary>Keys of each day from <see cref="FirstDay"/> to <see cref="LastDay"/>.</summary>
    public IReadOnlyList<long> KeysOfDays { get; }

    /// <summary>Asked before the file is.</summary>
    public BloomFilter Filter { get; }

    /// <summary>Bytes in memory.</summary>
    public long MemoryBytes => Filter.Bytes + ((long)_firsts.Length * sizeof(ulong));

    /// <summary>Bytes on disk.</summary>
    public long FileBytes => _header.FileBytes;

    internal int Pages => _header.Pages;

    /// <summary>Opens a file, and checks all of it but its pages, which are checked when they are read.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static KeyRun Open(string path)
    {
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        BloomFilter? filter = null;
        try
        {
            var head = new byte[KeyPage.Bytes];
            ReadFully(file, head, 0);
            var header = RunHeader.Read(head, RandomAccess.GetLength(file));
            var table = new ulong[header.Pages + header.Days];
            var bytes = MemoryMarshal.AsBytes(table.AsSpan());
            ReadFully(file, bytes, header.TableAt);
            Check(Crc32C.Of(bytes) == header.TableChecksum, "its table of pages is damaged");
            var days = MemoryMarshal.Cast<ulong, long>(table.AsSpan(header.Pages));
            filter = BloomFilter.Unfilled(header.FilterBytes);
            var checksum = uint.MaxValue;
            for (var at = 0L; at < header.FilterBytes; at += FilterSlice)
            {
                var slice = filter.Slice(at, (int)Math.Min(FilterSlice, header.FilterBytes - at));
                ReadFully(file, slice, header.FilterAt + at);
                checksum = Crc32C.Append(checksum, slice);
            }

            Check(checksum == header.FilterChecksum, "its filter is damaged");
            return new KeyRun(path, file, header, table[..header.Pages], days.ToArray(), filter);
        }
        catch (Exception e)
        {
            filter?.Dispose();
            file.Dispose();
            if (e is InvalidDataException)
            {
                throw new InvalidDataException($"{path}: {e.Message}", e);
            }

            throw;
        }
    }

    /// <summary>The arrival day of a flow; -1 when it is not here. Reads from the disk: ask <see cref="Filter"/> before.</summary>
    /// <exception cref="InvalidDataException">Its page is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">Another run has taken its place.</exception>
    public int FindDay(ulong lo, uint tail)
    {
        Span<byte> page = stackalloc byte[KeyPage.Bytes];
        // Keys whose low halves are alike, one in 2^64 / n, may lie on both sides of a border.
        for (var at = Math.Max(0, FirstFrom(lo) - 1); at < _firsts.Length && _firsts[at] <= lo; at++)
        {
            ReadPages(at, page);
            if (KeyPage.FindDay(page, lo, tail, FirstDay) is >= 0 and var day)
            {
                return day;
            }
        }

        return -1;
    }

    /// <summary>Reads whole pages, and checks them.</summary>
    /// <exception cref="InvalidDataException">One is damaged.</exception>
    internal void ReadPages(int first, Span<byte> into)
    {
        if (!TryRead(_file, into, (first + 1L) * KeyPage.Bytes))
        {
            throw new InvalidDataException($"{Path}: it ends before page {first + (into.Length / KeyPage.Bytes)}");
        }

        for (var at = 0; at < into.Length; at += KeyPage.Bytes)
        {
            var page = into.Slice(at, KeyPage.Bytes);
            var number = first + (at / KeyPage.Bytes);
            // A whole page of another place is no better than a broken one.
            if (!KeyPage.IsIntact(page) || KeyPage.First(page) != _firsts[number] || page[7] != _header.DayBytes)
            {
                throw new InvalidDataException($"{Path}: page {number} is damaged");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        Filter.Dispose();
    }

    /// <summary>
    /// The first page that begins with <paramref name="lo"/> or behind it. Keys are spread evenly: it is sought from where it should be, in growing
    /// steps.
    /// </summary>
    private int FirstFrom(ulong lo)
    {
        var guess = (int)Math.BigMul(lo, (ulong)_firsts.Length, out _);
        int from = 0, to = _firsts.Length;
        for (var step = 1; step < _firsts.Length; step *= 2)
        {
            if (guess - step > from && _firsts[guess - step] < lo)
            {
                from = guess - step;
            }

            if (guess + step < to && _firsts[guess + step] >= lo)
            {
                to = guess + step;
            }

            if (from > 0 && to < _firsts.Length)
            {
                break;
            }
        }

        while (from < to)
        {
            var middle = (from + to) / 2;
            if (_firsts[middle] < lo)
            {
                from = middle + 1;
            }
            else
            {
                to = middle;
            }
        }

        return from;
    }

    private static void Check(bool isIntact, string otherwise)
    {
        if (!isIntact)
        {
            throw new InvalidDataException(otherwise);
        }
    }

    private static void ReadFully(SafeFileHandle file, Span<byte> into, long at) => Check(TryRead(file, into, at), "it ends early");

    private static bool TryRead(SafeFileHandle file, Span<byte> into, long at)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(file, into, at);
            if (read == 0)
            {
                return false;
            }

            into = into[read..];
            at += read;
        }

        return true;
    }
}
