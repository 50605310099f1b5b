using System.Buffers.Binary;

namespace KGuardian.Analytics.Server.Export;

/// <summary>A table of FlatBuffers, as Arrow's messages are: fields by their number, at places that the table's own index says.</summary>
internal readonly ref struct FlatTable
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _at;

    /// <summary>The root of a buffer.</summary>
    public FlatTable(ReadOnlySpan<byte> bytes)
        : this(bytes, BinaryPrimitives.ReadInt32LittleEndian(bytes))
    {
    }

    private FlatTable(ReadOnlySpan<byte> bytes, int at)
    {
        _bytes = bytes;
        _at = at;
    }

    public byte Byte(int field) => Place(field) is > 0 and var at ? _bytes[at] : (byte)0;

    public long Long(int field) => Place(field) is > 0 and var at ? BinaryPrimitives.ReadInt64LittleEndian(_bytes[at..]) : 0;

    /// <exception cref="InvalidDataException">It has none.</exception>
    public FlatTable Table(int field) => Place(field) is > 0 and var at
        ? new FlatTable(_bytes, at + BinaryPrimitives.ReadInt32LittleEndian(_bytes[at..]))
        : throw new InvalidDataException("a message of Arrow lacks its header");

    /// <summary>Where a field is; 0 when it is left out.</summary>
    private int Place(int field)
    {
        var index = _at - BinaryPrimitives.ReadInt32LittleEndian(_bytes[_at..]);
        var entry = 4 + (2 * field);
        return entry < BinaryPrimitives.ReadUInt16LittleEndian(_bytes[index..])
            && BinaryPrimitives.ReadUInt16LittleEndian(_bytes[(index + entry)..]) is > 0 and var offset ? _at + offset : 0;
    }
}
