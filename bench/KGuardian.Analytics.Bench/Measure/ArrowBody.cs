using System.Buffers.Binary;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>Parsed flows as bodies of Arrow.</summary>
internal static class ArrowBody
{
    private static readonly EventField[] Texts = [.. Enum.GetValues<EventField>().Where(field => field <= EventField.Decision)];

    /// <summary>As a collector would write them, and as exports have them.</summary>
    public static IEnumerable<(string Name, byte[] Body)> Forms(EventBatch flows)
    {
        IReadOnlyList<(string, IArrowArray)> compact = [("uuid", Uuids(flows)), .. Columns(flows, isDictionary: false)];
        yield return ("Arrow", Body(compact, null));
        yield return ("Arrow, LZ4", Body(compact, CompressionCodecType.Lz4Frame));
        yield return ("Arrow, ZSTD", Body(compact, CompressionCodecType.Zstd));
        yield return ("Arrow, dictionaries", Body([("uuid", Uuids(flows)), .. Columns(flows, isDictionary: true)], null));
        yield return ("Arrow as exported", Body(
            [
                ("uuid", Utf8(Enumerable.Range(0, flows.Count).Select(row => Guid.ParseExact($"{flows.Uuids[row]:x32}", "N").ToString("D")))),
                .. Columns(flows, isDictionary: false),
                ("pod_port_text", Utf8(flows.PodPorts.ToArray().Select(PortText))),
                ("traffic_in_out_port_text", Utf8(flows.TrafficInOutPorts.ToArray().Select(PortText))),
            ],
            null));
    }

    private static IEnumerable<(string, IArrowArray)> Columns(EventBatch flows, bool isDictionary)
    {
        foreach (var field in Texts)
        {
            var texts = Enumerable.Range(0, flows.Count).Select(row => System.Text.Encoding.UTF8.GetString(flows.TextOf(field, row))).ToArray();
            yield return (EventFieldNames.Of(field), isDictionary ? Dictionary(texts) : Utf8(texts));
        }

        yield return ("pod_port", Ports(flows.PodPorts));
        yield return ("traffic_in_out_port", Ports(flows.TrafficInOutPorts));
        yield return ("time_stamp", new TimestampArray(Data(
            new TimestampType(TimeUnit.Microsecond, "UTC"), flows.Count, new ArrowBuffer.Builder<long>().Append(flows.TimeMicros).Build())));
    }

    private static byte[] Body(IReadOnlyList<(string Name, IArrowArray Values)> columns, CompressionCodecType? codec)
    {
        using var body = new MemoryStream();
        var schema = new Schema(columns.Select(column => new Field(column.Name, column.Values.Data.DataType, true)), null);
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
        using (var writer = new ArrowStreamWriter(body, schema, leaveOpen: true, options))
        {
            writer.WriteRecordBatch(new RecordBatch(schema, columns.Select(column => column.Values), columns[0].Values.Length));
            writer.WriteEnd();
        }

        return body.ToArray();
    }

    private static FixedSizeBinaryArray Uuids(EventBatch flows)
    {
        var bytes = new byte[flows.Count * 16];
        for (var row = 0; row < flows.Count; row++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(row * 16), flows.Uuids[row]);
        }

        return new FixedSizeBinaryArray(Data(new FixedSizeBinaryType(16), flows.Count, new ArrowBuffer(bytes)));
    }

    private static UInt16Array Ports(ReadOnlySpan<int> codes)
    {
        var ports = new UInt16Array.Builder();
        foreach (var code in codes)
        {
            _ = code == PortCode.Null ? ports.AppendNull() : ports.Append((ushort)code);
        }

        return ports.Build();
    }

    private static string? PortText(int code)
    {
        Span<byte> text = stackalloc byte[PortCode.MaxTextBytes];
        return PortCode.TryFormat(code, text, out var length) ? System.Text.Encoding.UTF8.GetString(text[..length]) : null;
    }

    private static StringArray Utf8(IEnumerable<string?> texts)
    {
        var column = new StringArray.Builder();
        foreach (var text in texts)
        {
            _ = text is null ? column.AppendNull() : column.Append(text);
        }

        return column.Build();
    }

    private static DictionaryArray Dictionary(string[] texts)
    {
        var different = texts.Distinct().ToArray();
        var places = different.Index().ToDictionary(text => text.Item, text => text.Index);
        return new DictionaryArray(
            new DictionaryType(Int32Type.Default, StringType.Default, false),
            new Int32Array.Builder().AppendRange(texts.Select(text => places[text])).Build(), Utf8(different));
    }

    private static ArrayData Data(IArrowType type, int rows, ArrowBuffer values) => new(type, rows, 0, 0, [ArrowBuffer.Empty, values], (ArrayData[]?)null);
}
