using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// A page of a run: sorted keys with their days, 4 KiB, the unit that is read and checked. After the head come three columns: low halves as
/// differences to the first one, in as many bytes as the largest needs, tails, and days as differences to the run's first day. Some 11 bytes a key in
/// a large run.
/// </summary>
internal static class KeyPage
{
    /// <summary>What a disk and the page cache read at once.</summary>
    public const int Bytes = 4096;

    /// <summary>CRC-32C of what follows (4), keys (2), bytes of a difference (1), bytes of a day (1), first low half (8).</summary>
    private const int HeadBytes = 16;

    private const int TailBytes = sizeof(uint);

    /// <summary>Entries of a page at most: with a byte for each difference and day.</summary>
    public const int MaxEntries = (Bytes - HeadBytes) / (1 + TailBytes + 1);

    /// <summary>How many of the sorted entries, one at least, go into the next page.</summary>
    public static int Fit(ReadOnlySpan<KeyEntry> entries, int dayBytes)
    {
        var most = Math.Min(entries.Length, (Bytes - HeadBytes) / (1 + TailBytes + dayBytes));
        while (most > 1 && most * (DifferenceBytes(entries[most - 1].Lo - entries[0].Lo) + TailBytes + dayBytes) > Bytes - HeadBytes)
        {
            most = Math.Max(1, Math.Min(most - 1, (Bytes - HeadBytes) / (DifferenceBytes(entries[most - 1].Lo - entries[0].Lo) + TailBytes + dayBytes)));
        }

        return most;
    }

    /// <summary>Writes entries that <see cref="Fit"/>.</summary>
    public static void Write(ReadOnlySpan<KeyEntry> entries, ushort firstDay, int dayBytes, Span<byte> page)
    {
        page.Clear();
        var first = entries[0].Lo;
        var width = DifferenceBytes(entries[^1].Lo - first);
        BinaryPrimitives.WriteUInt16LittleEndian(page[4..], (ushort)entries.Length);
        page[6] = (byte)width;
        page[7] = (byte)dayBytes;
        BinaryPrimitives.WriteUInt64LittleEndian(page[8..], first);
        var (tails, days) = Columns(entries.Length, width);
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        for (var i = 0; i < entries.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, entries[i].Lo - first);
            number[..width].CopyTo(page[(HeadBytes + (i * width))..]);
            BinaryPrimitives.WriteUInt32LittleEndian(page[(tails + (i * TailBytes))..], entries[i].Tail);
            BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)(entries[i].Day - firstDay));
            number[..dayBytes].CopyTo(page[(days + (i * dayBytes))..]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(page, Crc32C.Of(page[4..]));
    }

    /// <summary>Whether a page is as it was written.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> page) =>
        BinaryPrimitives.ReadUInt32LittleEndian(page) == Crc32C.Of(page[4..])
        && page[6] is >= 1 and <= 8 && page[7] is 1 or 2 && Count(page) >= 1 && HeadBytes + (Count(page) * (page[6] + TailBytes + page[7])) <= Bytes;

    /// <summary>Keys of an intact page.</summary>
    public static int Count(ReadOnlySpan<byte> page) => BinaryPrimitives.ReadUInt16LittleEndian(page[4..]);

    /// <summary>The first key's low half in an intact page.</summary>
    public static ulong First(ReadOnlySpan<byte> page) => BinaryPrimitives.ReadUInt64LittleEndian(page[8..]);

    /// <summary>The day of a key in an intact page; -1 when it is not there.</summary>
    public static int FindDay(ReadOnlySpan<byte> page, ulong lo, uint tail, ushort firstDay)
    {
        var first = First(page);
        if (lo < first)
        {
            return -1;
        }

        int count = Count(page), width = page[6];
        var wanted = lo - first;
        int from = 0, to = count;
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (Difference(page, middle, width) < wanted)
            {
                from = middle + 1;
            }
            else
            {
                to = middle;
            }
        }

        var (tails, days) = Columns(count, width);
        for (; from < count && Difference(page, from, width) == wanted; from++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(page[(tails + (from * TailBytes))..]) == tail)
            {
                return Day(page, days, from, firstDay);
            }
        }

        return -1;
    }

    /// <summary>The entries of an intact page, in order.</summary>
    public static void Read(ReadOnlySpan<byte> page, ushort firstDay, Span<KeyEntry> into)
    {
        int count = Count(page), width = page[6];
        var first = First(page);
        var (tails, days) = Columns(count, width);
        for (var i = 0; i < count; i++)
        {
            into[i] = new KeyEntry(
                first + Difference(page, i, width), BinaryPrimitives.ReadUInt32LittleEndian(page[(tails + (i * TailBytes))..]), Day(page, days, i, firstDay));
        }
    }

    private static int DifferenceBytes(ulong largest) => largest == 0 ? 1 : (64 - BitOperations.LeadingZeroCount(largest) + 7) / 8;

    private static (int Tails, int Days) Columns(int count, int width) => (HeadBytes + (count * width), HeadBytes + (count * (width + TailBytes)));

    private static ushort Day(ReadOnlySpan<byte> page, int days, int at, ushort firstDay) =>
        (ushort)(firstDay + (page[7] == 1 ? page[days + at] : BinaryPrimitives.ReadUInt16LittleEndian(page[(days + (at * 2))..])));

    /// <summary>Eight bytes are read and some of them used; a page is never so full that these lie behind it: tails and days follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Difference(ReadOnlySpan<byte> page, int at, int width) =>
        MemoryMarshal.Read<ulong>(page.Slice(HeadBytes + (at * width), sizeof(ulong))) & (ulong.MaxValue >> (64 - (8 * width)));
}
