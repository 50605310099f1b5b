using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary>Writes the answer of a single post: the row as a read would show it when it was new, else <c>null</c>.</summary>
internal static class StoredRow
{
    private static readonly (string Name, EventField Field)[] Fields =
        [.. FlowTable.Shown.Select(column => (column.Name, EventFieldNames.Find(Encoding.UTF8.GetBytes(column.Name))))];

    public static void Write(IBufferWriter<byte> to, EventBatch batch, bool isNew)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        if (!isNew)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        foreach (var (name, field) in Fields)
        {
            json.WritePropertyName(name);
            switch (field)
            {
                case EventField.Uuid: json.WriteStringValue(Uuid(batch.Uuids[0])); break;
                case EventField.TimeStamp: json.WriteStringValue(TimestampText.Format(batch.TimeMicros[0])); break;
                case EventField.PodPort: WritePort(json, batch.PodPorts[0]); break;
                case EventField.TrafficInOutPort: WritePort(json, batch.TrafficInOutPorts[0]); break;
                default: WriteText(json, batch, batch.Column(field)[0]); break;
            }
        }

        json.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter json, EventBatch batch, TextRef text)
    {
        if (text.Length < 0)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStringValue(batch.Text.Slice(text.Offset, text.Length));
        }
    }

    private static void WritePort(Utf8JsonWriter json, int code)
    {
        Span<byte> text = stackalloc byte[PortCode.MaxTextBytes];
        if (PortCode.TryFormat(code, text, out var length))
        {
            json.WriteStringValue(text[..length]);
        }
        else
        {
            json.WriteNullValue();
        }
    }

    private static string Uuid(UInt128 uuid)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, uuid);
        return new Guid(bytes, bigEndian: true).ToString("D");
    }
}
