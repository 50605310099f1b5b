using System.Buffers;
using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary>Writes the answer of a single post: the row as a read would show it when it was new, else <c>null</c>.</summary>
internal static class StoredRow
{
    private static readonly (string Name, EventField? Text, bool PodPort)[] Fields =
    [
        ("pod_name", EventField.PodName, false),
        ("pod_namespace", EventField.PodNamespace, false),
        ("pod_ip", EventField.PodIp, false),
        ("pod_port", null, true),
        ("ip_protocol", EventField.IpProtocol, false),
        ("traffic_type", EventField.TrafficType, false),
        ("traffic_in_out_ip", EventField.TrafficInOutIp, false),
        ("traffic_in_out_port", null, false),
        ("decision", EventField.Decision, false),
    ];

    public static void Write(IBufferWriter<byte> to, EventBatch batch, bool isNew)
    {
        using var json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        if (!isNew)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("uuid", Uuid(batch.Uuids[0]));
        foreach (var (name, text, podPort) in Fields)
        {
            json.WritePropertyName(name);
            if (text is { } column)
            {
                WriteText(json, batch, batch.Column(column)[0]);
            }
            else
            {
                WritePort(json, podPort ? batch.PodPorts[0] : batch.TrafficInOutPorts[0]);
            }
        }

        json.WriteString("time_stamp", Time(batch.TimeMicros[0]));
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

    private static string Time(long micros) =>
        DateTime.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}
