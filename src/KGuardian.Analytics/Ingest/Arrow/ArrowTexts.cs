using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>The texts or bytes of a column that is no dictionary, in any of Arrow's layouts; places that it claims are looked at when they are read.</summary>
internal readonly ref struct ArrowTexts
{
    private const int ViewBytes = 16;
    private const int MostInline = 12;

    private readonly ReadOnlySpan<int> _narrow;
    private readonly ReadOnlySpan<long> _wide;
    private readonly ReadOnlySpan<byte> _views;
    private readonly ReadOnlySpan<byte> _values;
    private readonly ArrowBuffer[] _buffers;
    private readonly int _width;

    /// <exception cref="NotArrowException">The column has fewer places than rows.</exception>
    public ArrowTexts(ArrayData column)
    {
        _buffers = column.Buffers;
        switch (column.DataType.TypeId)
        {
            // A column without rows may be without offsets.
            case ArrowTypeId.String or ArrowTypeId.Binary when column.Length > 0:
                _narrow = MemoryMarshal.Cast<byte, int>(column.Part(1, sizeof(int), column.Length + 1));
                _values = _buffers[2].Span;
                break;
            case ArrowTypeId.LargeString or ArrowTypeId.LargeBinary when column.Length > 0:
                _wide = MemoryMarshal.Cast<byte, long>(column.Part(1, sizeof(long), column.Length + 1));
                _values = _buffers[2].Span;
                break;
            case ArrowTypeId.StringView or ArrowTypeId.BinaryView:
                _views = column.Part(1, ViewBytes, column.Length);
                break;
            case ArrowTypeId.FixedSizedBinary:
                _width = Math.Max(0, ((FixedSizeBinaryType)column.DataType).ByteWidth);
                _values = column.Part(1, _width, column.Length);
                break;
            default:
                break;
        }
    }

    /// <summary>Where texts end, beginning with where the first begins, if they stand behind each other with offsets of 32 bits; else empty.</summary>
    public ReadOnlySpan<int> Offsets => _narrow;

    /// <summary>What <see cref="Offsets"/> are in.</summary>
    public ReadOnlySpan<byte> Values => _values;

    /// <summary>Whether a type is one of texts or bytes.</summary>
    public static bool Has(IArrowType type) => type.TypeId
        is ArrowTypeId.String or ArrowTypeId.LargeString or ArrowTypeId.StringView or ArrowTypeId.Binary or ArrowTypeId.LargeBinary or ArrowTypeId.BinaryView;

    /// <summary>A row's bytes.</summary>
    /// <exception cref="NotArrowException">They are out of the column.</exception>
    public ReadOnlySpan<byte> this[int row] =>
        !_narrow.IsEmpty ? Slice(_values, _narrow[row], _narrow[row + 1])
        : !_wide.IsEmpty ? Slice(_values, _wide[row], _wide[row + 1])
        : !_views.IsEmpty ? View(_views.Slice(row * ViewBytes, ViewBytes))
        : _values.Slice(row * _width, _width);

    // Twelve bytes and fewer stand in the view itself; of more it has their number, the first four, which buffer they are in, and where.
    private ReadOnlySpan<byte> View(ReadOnlySpan<byte> view)
    {
        const int BufferAt = 8, OffsetAt = 12, FirstBuffer = 2;
        var length = BinaryPrimitives.ReadInt32LittleEndian(view);
        if (length is >= 0 and <= MostInline)
        {
            return view.Slice(sizeof(int), length);
        }

        var buffer = BinaryPrimitives.ReadInt32LittleEndian(view[BufferAt..]);
        long offset = BinaryPrimitives.ReadInt32LittleEndian(view[OffsetAt..]);
        return buffer >= 0 && buffer < _buffers.Length - FirstBuffer
            ? Slice(_buffers[FirstBuffer + buffer].Span, offset, offset + length)
            : throw new NotArrowException($"Not an Arrow stream: a text is in buffer {buffer} of {_buffers.Length - FirstBuffer}.");
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> values, long begin, long end) => begin >= 0 && begin <= end && end <= values.Length
        ? values[(int)begin..(int)end]
        : throw new NotArrowException($"Not an Arrow stream: a text is at {begin} to {end} of {values.Length} bytes.");
}
