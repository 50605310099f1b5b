using System.Buffers.Binary;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// The first page of a run's file, written last. Behind it lie the pages of keys, then the first low half of each page, then the number of keys of
/// each day, then the filter.
/// </summary>
/// <param name="Id">What the list of files knows the file by, so that no other takes its place.</param>
/// <param name="Keys">How many there are.</param>
/// <param name="Pages">Pages of keys.</param>
/// <param name="FirstDay">The earliest arrival day, in days since 1970.</param>
/// <param name="LastDay">The latest one.</param>
/// <param name="FilterBytes">Bytes of the filter.</param>
/// <param name="TableChecksum">CRC-32C of the first low halves and the numbers of days.</param>
/// <param name="FilterChecksum">CRC-32C of the filter.</param>
internal readonly record struct RunHeader(
    Guid Id, long Keys, int Pages, ushort FirstDay, ushort LastDay, long FilterBytes, uint TableChecksum, uint FilterChecksum)
{
    /// <summary>"KGR1".</summary>
    private const uint Magic = 0x3152474B;

    /// <summary>A day's place is one byte in most runs: they span at most 256 days.</summary>
    public int DayBytes => LastDay - FirstDay < 256 ? 1 : 2;

    public int Days => LastDay - FirstDay + 1;

    public long TableAt => (Pages + 1L) * KeyPage.Bytes;

    public long TableBytes => ((long)Pages + Days) * sizeof(ulong);

    public long FilterAt => TableAt + TableBytes;

    /// <summary>Bytes of the whole file.</summary>
    public long FileBytes => FilterAt + FilterBytes;

    public void Write(Span<byte> page)
    {
        page.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(page, Magic);
        Id.TryWriteBytes(page[8..]);
        BinaryPrimitives.WriteInt64LittleEndian(page[24..], Keys);
        BinaryPrimitives.WriteInt32LittleEndian(page[32..], Pages);
        BinaryPrimitives.WriteUInt16LittleEndian(page[36..], FirstDay);
        BinaryPrimitives.WriteUInt16LittleEndian(page[38..], LastDay);
        BinaryPrimitives.WriteInt64LittleEndian(page[40..], FilterBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(page[48..], TableChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(page[52..], FilterChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(page[4..], Crc32C.Of(page[8..]));
    }

    /// <exception cref="InvalidDataException">It is none, or says what no file of this length can hold.</exception>
    public static RunHeader Read(ReadOnlySpan<byte> page, long fileBytes)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(page) != Magic)
        {
            throw new InvalidDataException("it does not begin as a file of keys of this version");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(page[4..]) != Crc32C.Of(page[8..]))
        {
            throw new InvalidDataException("its head is damaged");
        }

        var header = new RunHeader(
            new Guid(page[8..24]), BinaryPrimitives.ReadInt64LittleEndian(page[24..]), BinaryPrimitives.ReadInt32LittleEndian(page[32..]),
            BinaryPrimitives.ReadUInt16LittleEndian(page[36..]), BinaryPrimitives.ReadUInt16LittleEndian(page[38..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[40..]), BinaryPrimitives.ReadUInt32LittleEndian(page[48..]),
            BinaryPrimitives.ReadUInt32LittleEndian(page[52..]));
        // Everything that is allocated or read by the head is bounded by the length that the file has.
        return header is { Keys: > 0, Pages: > 0, FilterBytes: > 0 } && header.LastDay >= header.FirstDay && header.Keys >= header.Pages
            && header.Keys <= (long)header.Pages * KeyPage.MaxEntries && header.FilterBytes % BloomFilter.BlockBytes == 0 && header.FilterBytes <= fileBytes
            && header.FileBytes == fileBytes
            ? header
            : throw new InvalidDataException($"it has {fileBytes} bytes where its head says {header.FileBytes}");
    }
}
