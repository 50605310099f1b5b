using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>Writes a run: keys in order, then <see cref="Finish"/>. What is not finished is deleted by <see cref="Dispose"/>.</summary>
internal sealed class KeyRunWriter : IDisposable
{
    /// <summary>1 MiB at a time.</summary>
    private const int PagesAtATime = 256;

    /// <summary>What the system has not written yet is not allowed to grow: else a sync of the journal, on the same disk, waits for all of it.</summary>
    private const long SyncBytes = 64L << 20;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly ushort _firstDay;
    private readonly long[] _keysOfDays;
    private readonly BloomFilter _filter;
    private readonly List<ulong> _firsts = [];
    private readonly KeyEntry[] _entries = new KeyEntry[KeyPage.MaxEntries];
    private readonly byte[] _pages = new byte[PagesAtATime * KeyPage.Bytes];
    private int _waiting;
    private int _filled;
    private long _written = KeyPage.Bytes;
    private long _synced;
    private long _keys;
    private bool _isFinished;

    /// <summary>Creates a file.</summary>
    /// <param name="path">Where none is yet.</param>
    /// <param name="mostKeys">How many keys there will be at most: the filter is made for them.</param>
    /// <param name="firstDay">The earliest arrival day that will come.</param>
    /// <param name="lastDay">The latest one.</param>
    /// <exception cref="IOException">It cannot be created.</exception>
    public KeyRunWriter(string path, long mostKeys, ushort firstDay, ushort lastDay)
    {
        _path = path;
        _firstDay = firstDay;
        _keysOfDays = new long[lastDay - firstDay + 1];
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        _filter = BloomFilter.For(mostKeys);
    }

    private int DayBytes => _keysOfDays.Length <= 256 ? 1 : 2;

    /// <summary>Takes the next key. Of a flow that comes again the later day stays.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public void Add(KeyEntry entry)
    {
        if (_waiting > 0 && _entries[_waiting - 1] is var last && last.IsSameFlow(entry))
        {
            if (last.Day < entry.Day)
            {
                _entries[_waiting - 1] = entry;
            }

            return;
        }

        if (_waiting == _entries.Length)
        {
            // Not the last one: the next key may be of the same flow.
            WritePage(_waiting - 1);
        }

        _entries[_waiting++] = entry;
    }

    /// <summary>Makes the file durable and opens it; null, and no file, when no key came.</summary>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public KeyRun? Finish()
    {
        while (_waiting > 0)
        {
            WritePage(_waiting);
        }

        if (_keys == 0)
        {
            return null;
        }

        Flush();
        var table = new ulong[_firsts.Count + _keysOfDays.Length];
        _firsts.CopyTo(table);
        MemoryMarshal.Cast<long, ulong>(_keysOfDays).CopyTo(table.AsSpan(_firsts.Count));
        var tableBytes = MemoryMarshal.AsBytes(table.AsSpan());
        RandomAccess.Write(_file, tableBytes, _written);
        var filterAt = _written + tableBytes.Length;
        var filterChecksum = uint.MaxValue;
        for (var at = 0L; at < _filter.Bytes; at += _pages.Length)
        {
            var slice = _filter.Slice(at, (int)Math.Min(_pages.Length, _filter.Bytes - at));
            filterChecksum = Crc32C.Append(filterChecksum, slice);
            RandomAccess.Write(_file, slice, filterAt + at);
        }

        var header = new RunHeader(
            Guid.NewGuid(), _keys, _firsts.Count, _firstDay, (ushort)(_firstDay + _keysOfDays.Length - 1), _filter.Bytes,
            Crc32C.Of(tableBytes), filterChecksum);
        header.Write(_pages.AsSpan(0, KeyPage.Bytes));
        RandomAccess.Write(_file, _pages.AsSpan(0, KeyPage.Bytes), 0);
        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
        // One filter at a time: that of a run of 100 million keys takes 150 MB.
        _filter.Dispose();
        var run = KeyRun.Open(_path);
        _isFinished = true;
        return run;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _filter.Dispose();
        if (!_isFinished)
        {
            File.Delete(_path);
        }
    }

    private void WritePage(int most)
    {
        var count = KeyPage.Fit(_entries.AsSpan(0, most), DayBytes);
        var entries = _entries.AsSpan(0, count);
        KeyPage.Write(entries, _firstDay, DayBytes, _pages.AsSpan(_filled, KeyPage.Bytes));
        foreach (var entry in entries)
        {
            _filter.Add(entry.Lo, entry.Tail);
            _keysOfDays[entry.Day - _firstDay]++;
        }

        _firsts.Add(entries[0].Lo);
        _keys += count;
        _entries.AsSpan(count, _waiting - count).CopyTo(_entries);
        _waiting -= count;
        _filled += KeyPage.Bytes;
        if (_filled == _pages.Length)
        {
            Flush();
        }
    }

    private void Flush()
    {
        RandomAccess.Write(_file, _pages.AsSpan(0, _filled), _written);
        _written += _filled;
        _filled = 0;
        if (_written - _synced >= SyncBytes)
        {
            RandomAccess.FlushToDisk(_file);
            _synced = _written;
        }
    }
}
