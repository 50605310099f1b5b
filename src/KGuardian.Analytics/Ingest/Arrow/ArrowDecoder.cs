using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using Apache.Arrow;
using Apache.Arrow.Types;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>
/// Makes the values of a column, or of a dictionary's, those of an <see cref="EventBatch"/>: for each the value, and the reason why it cannot be stored.
/// Null is a value like others here.
/// </summary>
internal static class ArrowDecoder
{
    private const int UuidBytes = 16;

    /// <summary>Decodes a column that is no dictionary.</summary>
    /// <param name="column">The column.</param>
    /// <param name="to">Gets its values.</param>
    /// <param name="reasons">Gets what is wrong with each; holds <see cref="RejectReason.None"/> before.</param>
    internal delegate void Decode<T>(ArrayData column, Span<T> to, Span<RejectReason> reasons);

    /// <summary>Texts, which are added to the batch.</summary>
    /// <param name="batch">Gets the texts.</param>
    /// <param name="memory">Bounds them.</param>
    /// <param name="maxBytes">The longest text.</param>
    public static Decode<TextRef> Texts(EventBatch batch, ArrowMemory memory, int maxBytes) => (column, to, reasons) =>
    {
        var texts = new ArrowTexts(column);
        var nulls = column.Nulls();
        if (!texts.Offsets.IsEmpty)
        {
            AddAll(texts, nulls, to, reasons, batch, memory, maxBytes);
            return;
        }

        for (var row = 0; row < to.Length; row++)
        {
            to[row] = TextRef.Null;
            if (nulls[row])
            {
                continue;
            }

            var text = texts[row];
            reasons[row] = Fault(text, maxBytes);
            if (reasons[row] != RejectReason.None)
            {
                continue;
            }

            memory.Spend(text.Length);
            to[row] = new TextRef(batch.AddText(text), text.Length);
        }
    };

    /// <summary>Ports: numbers, or texts of them.</summary>
    public static void Ports(ArrayData column, Span<int> to, Span<RejectReason> reasons)
    {
        var nulls = column.Nulls();
        if (ArrowNumbers.Has(column.DataType))
        {
            var numbers = new long[to.Length];
            ArrowNumbers.Read(column, column.DataType, numbers);
            for (var row = 0; row < to.Length; row++)
            {
                var isPort = numbers[row] is >= 0 and <= ushort.MaxValue;
                (to[row], reasons[row]) = nulls[row] ? (PortCode.Null, RejectReason.None)
                    : isPort ? ((int)numbers[row], RejectReason.None) : (PortCode.Null, RejectReason.BadPort);
            }

            return;
        }

        var texts = new ArrowTexts(column);
        for (var row = 0; row < to.Length; row++)
        {
            to[row] = PortCode.Null;
            if (!nulls[row] && !PortCode.TryParse(texts[row], out to[row]))
            {
                reasons[row] = RejectReason.BadPort;
            }
        }
    }

    /// <summary>Times: timestamps, with a zone they are UTC as well; or texts of them.</summary>
    public static void Times(ArrayData column, Span<long> to, Span<RejectReason> reasons)
    {
        var nulls = column.Nulls();
        if (column.DataType is TimestampType { Unit: var unit })
        {
            ArrowNumbers.Read(column, column.DataType, to);
            for (var row = 0; row < to.Length; row++)
            {
                reasons[row] = nulls[row] ? RejectReason.MissingTime
                    : TryMicros(to[row], unit, out to[row]) ? RejectReason.None : RejectReason.BadTime;
            }

            return;
        }

        var texts = new ArrowTexts(column);
        for (var row = 0; row < to.Length; row++)
        {
            reasons[row] = nulls[row] ? RejectReason.MissingTime : TimestampText.TryParse(texts[row], out to[row]) ? RejectReason.None : RejectReason.BadTime;
        }
    }

    /// <summary>Uuids: their 16 bytes in the order of the text, or texts of them.</summary>
    public static void Uuids(ArrayData column, Span<UInt128> to, Span<RejectReason> reasons)
    {
        var texts = new ArrowTexts(column);
        var nulls = column.Nulls();
        var isBinary = column.DataType.TypeId is ArrowTypeId.FixedSizedBinary or ArrowTypeId.Binary or ArrowTypeId.LargeBinary or ArrowTypeId.BinaryView;
        for (var row = 0; row < to.Length; row++)
        {
            if (nulls[row])
            {
                reasons[row] = RejectReason.MissingUuid;
                continue;
            }

            var text = texts[row];
            if (isBinary && text.Length == UuidBytes)
            {
                to[row] = BinaryPrimitives.ReadUInt128BigEndian(text);
            }
            else if (!UuidText.TryParse(text, out to[row]))
            {
                reasons[row] = RejectReason.BadUuid;
            }
        }
    }

    /// <summary>Microseconds of a timestamp, what is finer cut towards the past; false when it cannot be stored.</summary>
    public static bool TryMicros(long value, TimeUnit unit, out long micros)
    {
        var (factor, divisor) = unit switch
        {
            TimeUnit.Second => (1_000_000, 1),
            TimeUnit.Millisecond => (1_000, 1),
            TimeUnit.Microsecond => (1, 1),
            _ => (1, 1_000),
        };
        var exact = Math.BigMul(value, factor, out var low);
        micros = divisor == 1 ? low : (value / divisor) - (value % divisor < 0 ? 1 : 0);
        // A product of more than 64 bits has something in its upper half that is not the sign of the lower one.
        return (divisor != 1 || exact == low >> 63) && TimestampText.IsInRange(micros);
    }

    // They stand behind each other: one copy for all of them, and mostly one look at whether they are UTF-8.
    private static void AddAll(
        ArrowTexts texts, ArrowNulls nulls, Span<TextRef> to, Span<RejectReason> reasons, EventBatch batch, ArrowMemory memory, int maxBytes)
    {
        var offsets = texts.Offsets;
        var (first, last) = (offsets[0], offsets[^1]);
        if (first < 0 || first > last || last > texts.Values.Length)
        {
            throw new NotArrowException($"Not an Arrow stream: texts are at {first} to {last} of {texts.Values.Length} bytes.");
        }

        var all = texts.Values[first..last];
        memory.Spend(all.Length);
        var at = batch.AddText(all) - first;
        var isAscii = Ascii.IsValid(all);
        for (var row = 0; row < to.Length; row++)
        {
            var (begin, end) = (offsets[row], offsets[row + 1]);
            if (begin < first || begin > end || end > last)
            {
                throw new NotArrowException($"Not an Arrow stream: a text is at {begin} to {end}, among those at {first} to {last}.");
            }

            var length = end - begin;
            to[row] = nulls[row] ? TextRef.Null : new TextRef(at + begin, length);
            if ((length > maxBytes || !isAscii) && !nulls[row])
            {
                reasons[row] = Fault(texts.Values[begin..end], maxBytes);
            }
        }
    }

    private static RejectReason Fault(ReadOnlySpan<byte> text, int maxBytes) =>
        text.Length > maxBytes ? RejectReason.TooLong : Utf8.IsValid(text) ? RejectReason.None : RejectReason.InvalidUtf8;
}
