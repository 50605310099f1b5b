using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.ClickHouse.Node;
using Microsoft.Win32.SafeHandles;

namespace KGuardian.Analytics.Ingest.Journaling;

/// <summary>
/// New flows on this server's disk between acknowledgement and ClickHouse's insert. Two files take turns: one is written while the
/// flows of the other go to ClickHouse, then it is written over from its begin (overwriting costs a third of appending: no metadata to sync).
/// A record is magic, length, epoch, sequence, CRC-32C and a <see cref="JournalRecord"/>; reading a file stops at the first record that is
/// not whole or of another epoch. Not safe for concurrent use but for <see cref="TruncateBefore"/>.
/// </summary>
internal sealed class Journal : IDisposable
{
    private const uint Magic = 0x324A474B; // "KGJ2"

    /// <summary>"KGJ1": records of 0.1.0, which do not name their columns.</summary>
    private const uint FirstMagic = 0x314A474B;

    private const int HeadBytes = 4 + 4 + 8 + 8 + 4;

    /// <summary>A file changes turns after 8 MiB: some 80,000 flows, more than most inserts.</summary>
    private const int SegmentBytes = 8 << 20;

    private readonly Segment[] _segments;
    private byte[] _record = new byte[64 << 10];
    private int _active;
    private ulong _epoch;
    private long _sequence;
    private long _released;

    /// <summary>Opens, or creates, the journal of <paramref name="directory"/>.</summary>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public Journal(string directory)
    {
        PrivateFiles.CreateDirectory(directory);
        _segments = [Segment.Open(Path.Combine(directory, "journal-0")), Segment.Open(Path.Combine(directory, "journal-1"))];
    }

    /// <summary>Bytes that hold flows which ClickHouse does not have yet, as far as it is known.</summary>
    public long PendingBytes => _segments.Sum(segment => segment.LastSequence > Volatile.Read(ref _released) ? segment.End : 0);

    /// <summary>What a predecessor acknowledged and may not have inserted, oldest first. Call before the first <see cref="Append"/>.</summary>
    /// <param name="floor">Records up to this epoch are of a store that was replaced since.</param>
    public IEnumerable<FlowBlock> Replay(ulong floor = 0)
    {
        var records = _segments.SelectMany(Records).OrderBy(record => record.Epoch).ThenBy(record => record.Sequence).ToArray();
        // Above every epoch on disk, readable or not: stale records behind a fresh one must never look like its successors.
        _epoch = Math.Max(Math.Max(records.Length > 0 ? records[^1].Epoch : 0, floor), (ulong)DateTime.UtcNow.Ticks);
        return records.Where(record => record.Epoch > floor).Select(record => record.Block);
    }

    /// <summary>The latest arrival of what can be read of a predecessor's flows; null without any. Call before the first <see cref="Append"/>.</summary>
    public DateTimeOffset? ReadNewestArrival() => _segments.SelectMany(Records).Max(record => record.Block.NewestArrival);

    /// <summary>Forgets everything: all of it is in ClickHouse.</summary>
    public void Reset()
    {
        _epoch++;
        foreach (var segment in _segments)
        {
            segment.End = 0;
            segment.LastSequence = 0;
            // An empty head ends the reading of the file at once.
            RandomAccess.Write(segment.File, new byte[HeadBytes], 0);
            RandomAccess.FlushToDisk(segment.File);
        }
    }

    /// <summary>Writes a block and returns its sequence number when it is on disk.</summary>
    /// <exception cref="IOException">It is not; the next append takes its place.</exception>
    public long Append(FlowBlock block)
    {
        RollSegment();
        var segment = _segments[_active];
        var length = HeadBytes + JournalRecord.BytesOf(block);
        if (_record.Length < length)
        {
            _record = new byte[BitOperations.RoundUpToPowerOf2((uint)length)];
        }

        var record = _record.AsSpan(0, length);
        BinaryPrimitives.WriteUInt32LittleEndian(record, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], length - HeadBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], segment.Epoch);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], _sequence + 1);
        JournalRecord.Write(block, record[HeadBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(record[24..], Checksum(record));

        RandomAccess.Write(segment.File, record, segment.End);
        RandomAccess.FlushToDisk(segment.File);
        segment.End += length;
        segment.LastSequence = ++_sequence;
        return _sequence;
    }

    /// <summary>Says that ClickHouse has everything up to a sequence number. Safe beside <see cref="Append"/>.</summary>
    public void TruncateBefore(long sequence) => Volatile.Write(ref _released, sequence);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var segment in _segments)
        {
            segment.File.Dispose();
        }
    }

    private void RollSegment()
    {
        var segment = _segments[_active];
        var released = Volatile.Read(ref _released);
        if (segment.LastSequence > released && segment.End >= SegmentBytes && _segments[1 - _active].LastSequence <= released)
        {
            _active = 1 - _active;
            segment = _segments[_active];
        }

        if (segment.LastSequence <= released)
        {
            segment.End = 0;
            segment.Epoch = ++_epoch;
        }
    }

    private static IEnumerable<(ulong Epoch, long Sequence, FlowBlock Block)> Records(Segment segment)
    {
        var length = RandomAccess.GetLength(segment.File);
        var head = new byte[HeadBytes];
        ulong? epoch = null;
        for (long at = 0; at + HeadBytes <= length;)
        {
            if (!ReadFully(segment.File, head, at) || !head.AsSpan().StartsWith("KGJ"u8))
            {
                yield break;
            }

            var payload = BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4));
            if (payload < 0 || at + HeadBytes + payload > length)
            {
                yield break;
            }

            var record = new byte[HeadBytes + payload];
            if (!ReadFully(segment.File, record, at)
                || BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(24)) != Checksum(record))
            {
                yield break;
            }

            var recordEpoch = BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(8));
            epoch ??= recordEpoch;
            if (recordEpoch != epoch)
            {
                yield break;
            }

            var block = BinaryPrimitives.ReadUInt32LittleEndian(record) switch
            {
                Magic => JournalRecord.Read(record.AsSpan(HeadBytes)),
                FirstMagic => JournalRecord.ReadFirst(record.AsSpan(HeadBytes)),
                _ => throw new InvalidDataException(
                    $"the journal has a record '{Encoding.ASCII.GetString(record.AsSpan(0, 4))}', "
                    + "which a later version wrote: start that version once, and end it orderly"),
            };
            yield return (recordEpoch, BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(16)), block);
            at += record.Length;
        }
    }

    private static bool ReadFully(SafeFileHandle file, Span<byte> into, long at)
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

    /// <summary>CRC-32C of a record without its checksum's own four bytes.</summary>
    private static uint Checksum(ReadOnlySpan<byte> record) => Crc32C.Append(Crc32C.Of(record[..24]), record[HeadBytes..]);

    private sealed class Segment
    {
        public required SafeFileHandle File { get; init; }

        public long End { get; set; }

        public long LastSequence { get; set; }

        public ulong Epoch { get; set; }

        public static Segment Open(string path)
        {
            // No sharing: on Unix only that takes an exclusive lock. Two servers would write over each other's acknowledged flows.
            var file = System.IO.File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            if (RandomAccess.GetLength(file) < SegmentBytes)
            {
                // Real zeros, not a hole: overwriting allocated blocks is what makes a sync cheap.
                var zeros = new byte[1 << 20];
                for (var at = RandomAccess.GetLength(file); at < SegmentBytes; at += zeros.Length)
                {
                    RandomAccess.Write(file, zeros, at);
                }

                RandomAccess.FlushToDisk(file);
            }

            return new Segment { File = file };
        }
    }
}
