using System.Buffers.Binary;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>A table of a FlatBuffer, as far as <see cref="ArrowMetadata"/> looks into it. What points out of the buffer throws.</summary>
/// <param name="bytes">The whole buffer.</param>
/// <param name="at">Where the table begins.</param>
internal readonly ref struct FlatTable(ReadOnlySpan<byte> bytes, int at)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The outermost table.</summary>
    public static FlatTable Root(ReadOnlySpan<byte> bytes) => new(bytes, Follow(bytes, 0));

    /// <summary>A field of one byte; 0 when it is not there.</summary>
    public byte Byte(int field) => Place(field) is > 0 and var place ? _bytes[place] : (byte)0;

    /// <summary>A field of eight bytes; 0 when it is not there.</summary>
    public long Long(int field) => Place(field) is > 0 and var place ? BinaryPrimitives.ReadInt64LittleEndian(_bytes[place..]) : 0;

    /// <summary>A table that a field points to.</summary>
    /// <exception cref="NotArrowException">It is not there.</exception>
    public FlatTable Table(int field) => Place(field) is > 0 and var place
        ? new(_bytes, Follow(_bytes, place)) : throw new NotArrowException($"a message is without its part {field}");

    /// <summary>How many elements the vector has that a field points to; all of them are in the buffer. 0 when it is not there.</summary>
    /// <exception cref="NotArrowException">They are not.</exception>
    public int Count(int field, int elementBytes)
    {
        if (Place(field) is not (> 0 and var place))
        {
            return 0;
        }

        var vector = Follow(_bytes, place);
        var count = BinaryPrimitives.ReadInt32LittleEndian(_bytes[vector..]);
        return count >= 0 && count <= (_bytes.Length - vector - sizeof(int)) / elementBytes
            ? count : throw new NotArrowException($"a message claims {count} elements, which it has no room for");
    }

    /// <summary>A table of a vector of tables.</summary>
    public FlatTable TableOf(int field, int index) => new(_bytes, Follow(_bytes, Element(field, index, sizeof(int))));

    /// <summary>A number of a vector of numbers of eight bytes.</summary>
    public long LongOf(int field, int index) => BinaryPrimitives.ReadInt64LittleEndian(_bytes[Element(field, index, sizeof(long))..]);

    private int Element(int field, int index, int bytes) => Follow(_bytes, Place(field)) + sizeof(int) + (index * bytes);

    // A table begins with the way back to the list of its fields' places: bytes of the list, bytes of the table, and two for each field.
    private int Place(int field)
    {
        var list = at - BinaryPrimitives.ReadInt32LittleEndian(_bytes[at..]);
        var entry = 4 + (2 * field);
        var bytes = BinaryPrimitives.ReadUInt16LittleEndian(_bytes[list..]);
        var offset = entry + 2 <= bytes ? BinaryPrimitives.ReadUInt16LittleEndian(_bytes[(list + entry)..]) : 0;
        return offset == 0 ? 0 : at + offset;
    }

    private static int Follow(ReadOnlySpan<byte> bytes, int place) => checked(place + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[place..]));
}
