using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>Values of a row as text, for what is not read by columns: rows that cannot be stored, and files.</summary>
internal static class ArrowRow
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Rejects a row, with what it says as JSON.</summary>
    public static void Reject(RecordBatch rows, int row, ArrowColumns columns, RejectReason reason, EventField field, EventBatch batch)
    {
        var name = EventFieldNames.Of(field);
        if (!batch.KeepsRejected)
        {
            batch.Reject(reason, name, default, 0);
            return;
        }

        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, Relaxed))
        {
            json.WriteStartObject();
            foreach (var one in Enum.GetValues<EventField>().Where(one => columns[one] >= 0))
            {
                json.WriteString(EventFieldNames.Of(one), Text(rows.Column(columns[one]).Data, row));
            }

            json.WriteEndObject();
        }

        batch.Reject(reason, name, text.WrittenSpan, text.WrittenCount);
    }

    /// <summary>Whether there is a text for values of a type.</summary>
    public static bool HasText(IArrowType type) => type.Stored() is var stored && (stored is DictionaryType dictionary
        ? HasText(dictionary.ValueType)
        : ArrowTexts.Has(stored) || ArrowNumbers.Has(stored) || stored.TypeId is ArrowTypeId.Timestamp or ArrowTypeId.Boolean or ArrowTypeId.FixedSizedBinary);

    /// <summary>A value as text; null for null, and for types without one.</summary>
    /// <exception cref="NotArrowException">It is not where its column says.</exception>
    public static string? Text(ArrayData column, int row)
    {
        column = column.Stored();
        if (row >= column.Length || column.Nulls()[row])
        {
            return null;
        }

        var type = column.DataType;
        return type switch
        {
            DictionaryType dictionary => Number(column, dictionary.IndexType, row) is var index && index >= 0 && index < column.Dictionary.Length
                ? Text(column.Dictionary, (int)index)
                : throw new NotArrowException($"Not an Arrow stream: index {index} in a dictionary of {column.Dictionary.Length} values."),
            TimestampType { Unit: var unit } => Number(column, type, row) is var time && ArrowDecoder.TryMicros(time, unit, out var micros)
                ? TimestampText.Format(micros) : $"{time.ToString(CultureInfo.InvariantCulture)} {unit}s since 1970",
            BooleanType => Bit(column, row) ? "true" : "false",
            FixedSizeBinaryType { ByteWidth: 16 } => new Guid(new ArrowTexts(column)[row], bigEndian: true).ToString("D"),
            _ when ArrowTexts.Has(type) || type is FixedSizeBinaryType => Encoding.UTF8.GetString(new ArrowTexts(column)[row]),
            FloatType or DoubleType => Fraction(column, row),
            _ when ArrowNumbers.IsWhole(type) => Number(column, type, row).ToString(CultureInfo.InvariantCulture),
            _ => null,
        };
    }

    private static bool Bit(ArrayData column, int row)
    {
        var (bits, at) = (column.Buffers[1].Memory, column.Offset + row);
        return at < 8L * bits.Length
            ? (bits.Span[at >> 3] & (1 << (at & 7))) != 0 : throw new NotArrowException($"Not an Arrow stream: row {row} of {8L * bits.Length} bits.");
    }

    private static long Number(ArrayData column, IArrowType type, int row)
    {
        Span<long> number = stackalloc long[1];
        ArrowNumbers.Read(One(column, row), type, number);
        return number[0];
    }

    private static string Fraction(ArrayData column, int row)
    {
        var one = One(column, row);
        var value = column.DataType is FloatType ? BitConverter.ToSingle(one.Part(1, sizeof(float), 1)) : BitConverter.ToDouble(one.Part(1, sizeof(double), 1));
        return value.ToString("R", CultureInfo.InvariantCulture);
    }

    private static ArrayData One(ArrayData column, int row) =>
        new(column.DataType, 1, -1, column.Offset + row, column.Buffers, column.Children, column.Dictionary);
}
