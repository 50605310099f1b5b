using System.Text;
using Apache.Arrow;
using Apache.Arrow.Types;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>
/// Which column of a stream is which of a flow's. They are called as in events and in exports, where a port is a number and stands beside as it was posted
/// (<c>pod_port_text</c>): that is the one then. Other columns are ignored, as other fields of events are.
/// </summary>
internal sealed class ArrowColumns
{
    /// <summary>What is behind the name of a port's column that has it as posted.</summary>
    public const string AsPosted = "_text";

    private const string Texts = "utf8, large_utf8, utf8_view, binary, or a dictionary of them";

    private readonly int[] _places = new int[EventFieldNames.Count];

    private ArrowColumns() => System.Array.Fill(_places, -1);

    /// <summary>Finds a flow's columns.</summary>
    /// <exception cref="NotArrowException">One is of a type that it cannot have, or there twice; or there are none.</exception>
    public static ArrowColumns Of(Schema schema)
    {
        var columns = new ArrowColumns();
        foreach (var (place, field) in schema.FieldsList.Index())
        {
            if (Find(field.Name, schema) is not { } found)
            {
                continue;
            }

            if (columns._places[(int)found] >= 0)
            {
                throw new NotArrowException(field.Name, "is there twice", "once");
            }

            columns._places[(int)found] = place;
            Check(field, found);
        }

        foreach (var needed in (EventField[])[EventField.Uuid, EventField.TimeStamp])
        {
            if (columns[needed] < 0)
            {
                throw new NotArrowException(
                    EventFieldNames.Of(needed), $"is missing among the {schema.FieldsList.Count} of this stream", "uuid, time_stamp and the others of a flow");
            }
        }

        return columns;
    }

    /// <summary>A field's column; -1 for none, which is null.</summary>
    public int this[EventField field] => _places[(int)field];

    private static EventField? Find(string name, Schema schema)
    {
        var asPosted = name.EndsWith(AsPosted, StringComparison.Ordinal);
        var field = EventFieldNames.Find(Encoding.UTF8.GetBytes(asPosted ? name[..^AsPosted.Length] : name));
        var isPort = field is EventField.PodPort or EventField.TrafficInOutPort;
        return field == EventFieldNames.Unknown || (asPosted && !isPort)
            || (!asPosted && isPort && schema.FieldsList.Any(other => other.Name == name + AsPosted)) ? null : field;
    }

    private static void Check(Field column, EventField field)
    {
        var type = column.DataType.Stored();
        var value = type is DictionaryType dictionary ? dictionary.ValueType.Stored() : type;
        var (isTaken, allowed) = field switch
        {
            EventField.Uuid => (value is FixedSizeBinaryType { ByteWidth: 16 }, $"fixed_size_binary[16], {Texts}"),
            EventField.TimeStamp => (value is TimestampType, $"timestamp of any unit, {Texts}"),
            EventField.PodPort or EventField.TrafficInOutPort => (ArrowNumbers.Has(value), $"whole numbers of any width, {Texts}"),
            _ => (false, Texts),
        };
        if (!isTaken && !ArrowTexts.Has(value) && value.TypeId != ArrowTypeId.Null)
        {
            throw new NotArrowException(column.Name, $"is {(type == value ? type.Name : $"a dictionary of {value.Name}")}", allowed);
        }
    }
}
