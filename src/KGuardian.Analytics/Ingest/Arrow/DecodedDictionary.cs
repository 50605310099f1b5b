using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>What a dictionary's values came to.</summary>
/// <param name="source">The dictionary.</param>
internal abstract class DecodedDictionary(ArrayData source)
{
    /// <summary>Whether it is this dictionary's.</summary>
    public bool Is(ArrayData dictionary) => ReferenceEquals(source, dictionary);
}

/// <summary>What a dictionary's values came to.</summary>
internal sealed class DecodedDictionary<T> : DecodedDictionary
{
    private readonly T[] _values;
    private readonly RejectReason[] _reasons;

    /// <param name="source">The dictionary, to know it again.</param>
    /// <param name="stored">The same as it is stored.</param>
    /// <param name="decode">Decodes its values.</param>
    /// <param name="memory">Bounds how many they can be.</param>
    public DecodedDictionary(ArrayData source, ArrayData stored, ArrowDecoder.Decode<T> decode, ArrowMemory memory)
        : base(source)
    {
        memory.Spend((long)stored.Length * (Unsafe.SizeOf<T>() + sizeof(RejectReason)));
        (_values, _reasons) = (new T[stored.Length], new RejectReason[stored.Length]);
        decode(stored, _values, _reasons);
    }

    /// <summary>Takes the values of a column's rows.</summary>
    /// <exception cref="NotArrowException">An index is out of the dictionary.</exception>
    public void Take(ArrayData column, DictionaryType type, Span<T> to, Span<RejectReason> reasons, T whenNull, RejectReason reasonOfNull)
    {
        var nulls = column.Nulls();
        var indexes = new long[column.Length];
        ArrowNumbers.Read(column, type.IndexType, indexes);
        for (var row = 0; row < indexes.Length; row++)
        {
            if (nulls[row])
            {
                (to[row], reasons[row]) = (whenNull, reasonOfNull);
                continue;
            }

            if ((ulong)indexes[row] >= (ulong)_values.Length)
            {
                throw new NotArrowException($"Not an Arrow stream: index {indexes[row]} in a dictionary of {_values.Length} values.");
            }

            (to[row], reasons[row]) = (_values[indexes[row]], _reasons[indexes[row]]);
        }
    }
}
