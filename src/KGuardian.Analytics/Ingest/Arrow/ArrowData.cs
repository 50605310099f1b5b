using Apache.Arrow;
using Apache.Arrow.Types;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>Looks at the buffers of a column, which are as long as their sender says and not as the column needs.</summary>
internal static class ArrowData
{
    /// <summary>A column's type, as it is stored.</summary>
    public static IArrowType Stored(this IArrowType type) => type is ExtensionType extension ? extension.StorageType : type;

    /// <summary>A column as it is stored.</summary>
    public static ArrayData Stored(this ArrayData column) => column.DataType is ExtensionType extension
        ? new ArrayData(extension.StorageType, column.Length, column.NullCount, column.Offset, column.Buffers, column.Children, column.Dictionary)
        : column;

    /// <summary>So many elements of a buffer, from the column's first.</summary>
    /// <exception cref="NotArrowException">The buffer is shorter.</exception>
    public static ReadOnlySpan<byte> Part(this ArrayData column, int buffer, int elementBytes, int elements)
    {
        var bytes = column.Buffers.Length > buffer ? column.Buffers[buffer].Span : default;
        var (begin, length) = ((long)column.Offset * elementBytes, (long)elements * elementBytes);
        return begin >= 0 && begin + length <= bytes.Length
            ? bytes.Slice((int)begin, (int)length)
            : throw new NotArrowException(
                $"Not an Arrow stream: a column of {column.Length} rows has a buffer of {bytes.Length} bytes, {begin + length} needed.");
    }

    /// <summary>Which rows have a value.</summary>
    /// <exception cref="NotArrowException">It is not said of all of them.</exception>
    public static ArrowNulls Nulls(this ArrayData column)
    {
        if (column.DataType.TypeId == ArrowTypeId.Null)
        {
            return new ArrowNulls(default, 0, isAllNull: true);
        }

        var bits = column.NullCount == 0 || column.Buffers.Length == 0 ? default : column.Buffers[0].Span;
        return bits.IsEmpty || ((long)column.Offset + column.Length + 7) / 8 <= bits.Length
            ? new ArrowNulls(bits, column.Offset, isAllNull: false)
            : throw new NotArrowException($"Not an Arrow stream: a column of {column.Length} rows says of {8L * bits.Length} which are null.");
    }
}

/// <summary>Which rows of a column are null: those whose bit is not set.</summary>
internal readonly ref struct ArrowNulls(ReadOnlySpan<byte> bits, int offset, bool isAllNull)
{
    private readonly ReadOnlySpan<byte> _bits = bits;

    /// <summary>Whether a row is null.</summary>
    public bool this[int row] => isAllNull || (!_bits.IsEmpty && (_bits[(offset + row) >> 3] & (1 << ((offset + row) & 7))) == 0);
}
