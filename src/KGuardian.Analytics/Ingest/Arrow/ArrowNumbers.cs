using System.Numerics;
using System.Runtime.InteropServices;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>Whole numbers of columns, whatever their width.</summary>
internal static class ArrowNumbers
{
    /// <summary>What stands for a number that is none, or out of 64 bits.</summary>
    public const long None = long.MinValue;

    /// <summary>Whether a type is one of numbers that are read here. Floating-point ones are what pandas makes of whole ones with nulls between them.</summary>
    public static bool Has(IArrowType type) => IsWhole(type) || type.TypeId is ArrowTypeId.Float or ArrowTypeId.Double;

    /// <summary>Whether a type is one of whole numbers.</summary>
    public static bool IsWhole(IArrowType type) => type.TypeId
        is ArrowTypeId.UInt8 or ArrowTypeId.UInt16 or ArrowTypeId.UInt32 or ArrowTypeId.UInt64
        or ArrowTypeId.Int8 or ArrowTypeId.Int16 or ArrowTypeId.Int32 or ArrowTypeId.Int64;

    /// <summary>Reads a column's numbers; of null rows anything.</summary>
    /// <param name="column">The column; for a dictionary's indexes, their type is given.</param>
    /// <param name="type">What its numbers are.</param>
    /// <param name="to">Gets them; <see cref="None"/> for those that are not whole.</param>
    /// <exception cref="NotArrowException">The column is shorter than it says.</exception>
    public static void Read(ArrayData column, IArrowType type, Span<long> to)
    {
        switch (type.TypeId)
        {
            case ArrowTypeId.UInt8:
                Widen<byte>(column, to);
                break;
            case ArrowTypeId.Int8:
                Widen<sbyte>(column, to);
                break;
            case ArrowTypeId.UInt16:
                Widen<ushort>(column, to);
                break;
            case ArrowTypeId.Int16:
                Widen<short>(column, to);
                break;
            case ArrowTypeId.UInt32:
                Widen<uint>(column, to);
                break;
            case ArrowTypeId.Int32:
                Widen<int>(column, to);
                break;
            case ArrowTypeId.UInt64:
                Widen<ulong>(column, to);
                break;
            case ArrowTypeId.Int64 or ArrowTypeId.Timestamp:
                Of<long>(column).CopyTo(to);
                break;
            case ArrowTypeId.Float:
                Round(Of<float>(column), to);
                break;
            case ArrowTypeId.Double:
                Round(Of<double>(column), to);
                break;
            default:
                throw new NotArrowException($"Not an Arrow stream: {type.Name} where whole numbers are.");
        }
    }

    private static ReadOnlySpan<T> Of<T>(ArrayData column)
        where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(column.Part(1, System.Runtime.CompilerServices.Unsafe.SizeOf<T>(), column.Length));

    private static void Widen<T>(ArrayData column, Span<long> to)
        where T : unmanaged, IBinaryInteger<T>
    {
        var numbers = Of<T>(column);
        for (var i = 0; i < numbers.Length; i++)
        {
            to[i] = long.CreateSaturating(numbers[i]);
        }
    }

    private static void Round<T>(ReadOnlySpan<T> numbers, Span<long> to)
        where T : unmanaged, IFloatingPoint<T>
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            to[i] = T.IsInteger(numbers[i]) ? long.CreateSaturating(numbers[i]) : None;
        }
    }
}
