using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Arrays;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>How a body of Arrow says what flows say.</summary>
/// <param name="Texts">The layout of texts: utf8, large, view, binary or dictionary.</param>
/// <param name="Ports">The type of ports: text, u16, i8 to i64, f64, exported (u16 and the text beside it).</param>
/// <param name="Time">The unit of times; null for texts.</param>
/// <param name="Uuid">Whether uuids are 16 bytes.</param>
/// <param name="Codec">What batches are packed with; null for nothing.</param>
/// <param name="IsFile">Whether it is a file, with a footer.</param>
/// <param name="Rows">Rows of a batch.</param>
internal sealed record ArrowForm(
    string Texts = "utf8", string Ports = "exported", TimeUnit? Time = TimeUnit.Microsecond, bool Uuid = false, CompressionCodecType? Codec = null,
    bool IsFile = false, int Rows = 100);

/// <summary>Bodies of Arrow's IPC format, by Apache's own writer.</summary>
internal static class ArrowBodies
{
    /// <summary>Flows as a body.</summary>
    public static byte[] Of(IReadOnlyList<FlowEvent> flows, ArrowForm form)
    {
        var dictionaries = new Dictionary<string, StringArray>();
        return Of([.. flows.Chunk(form.Rows).Select(rows => Batch(rows, form, flows, dictionaries))], form.IsFile, form.Codec);
    }

    /// <summary>Batches as a body.</summary>
    public static byte[] Of(IReadOnlyList<RecordBatch> batches, bool isFile = false, CompressionCodecType? codec = null)
    {
        using var body = new MemoryStream();
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
        using (var writer = isFile
            ? new ArrowFileWriter(body, batches[0].Schema, leaveOpen: true, options) : new ArrowStreamWriter(body, batches[0].Schema, leaveOpen: true, options))
        {
            writer.WriteStart();
            foreach (var batch in batches)
            {
                writer.WriteRecordBatch(batch);
            }

            writer.WriteEnd();
        }

        return body.ToArray();
    }

    /// <summary>A batch of columns.</summary>
    public static RecordBatch Of(params (string Name, IArrowArray Values)[] columns) => new(
        new Schema(columns.Select(column => new Field(column.Name, column.Values.Data.DataType, true)), null),
        columns.Select(column => column.Values), columns.Length == 0 ? 0 : columns[0].Values.Length);

    /// <summary>Texts in a layout.</summary>
    public static IArrowArray Texts(string layout, IReadOnlyList<string?> texts, StringArray? dictionary = null)
    {
        switch (layout)
        {
            case "large":
                var large = new LargeStringArray.Builder();
                texts.ToList().ForEach(text => _ = text is null ? large.AppendNull() : large.Append(text));
                return large.Build();
            case "view":
                var views = new StringViewArray.Builder();
                texts.ToList().ForEach(text => _ = text is null ? views.AppendNull() : views.Append(text));
                return views.Build();
            case "binary":
                var binary = new BinaryArray.Builder();
                texts.ToList().ForEach(text => _ = text is null ? binary.AppendNull() : binary.Append(System.Text.Encoding.UTF8.GetBytes(text).AsSpan()));
                return binary.Build();
            case "dictionary":
                dictionary ??= Utf8(texts);
                var places = Enumerable.Range(0, dictionary.Length).GroupBy(i => dictionary.GetString(i) ?? "")
                    .ToDictionary(same => same.Key, same => same.First());
                var indexes = new Int16Array.Builder();
                texts.ToList().ForEach(text => _ = text is null ? indexes.AppendNull() : indexes.Append((short)places[text]));
                return new DictionaryArray(new DictionaryType(Int16Type.Default, StringType.Default, false), indexes.Build(), dictionary);
            default:
                return Utf8(texts);
        }
    }

    private static StringArray Utf8(IEnumerable<string?> texts)
    {
        var utf8 = new StringArray.Builder();
        texts.ToList().ForEach(text => _ = text is null ? utf8.AppendNull() : utf8.Append(text));
        return utf8.Build();
    }

    private static RecordBatch Batch(FlowEvent[] rows, ArrowForm form, IReadOnlyList<FlowEvent> all, Dictionary<string, StringArray> dictionaries)
    {
        var columns = new List<(string, IArrowArray)> { ("ignored", new BooleanArray.Builder().AppendRange(rows.Select(_ => true)).Build()) };
        columns.Add(("uuid", form.Uuid ? Uuids(rows) : Texts(form.Texts == "dictionary" ? "utf8" : form.Texts, [.. rows.Select(row => row.Uuid)])));
        foreach (var (name, of) in (IEnumerable<(string, Func<FlowEvent, string?>)>)
            [
                ("pod_name", row => row.PodName), ("pod_namespace", row => row.PodNamespace), ("pod_ip", row => row.PodIp),
                ("ip_protocol", row => row.IpProtocol), ("traffic_type", row => row.TrafficType), ("traffic_in_out_ip", row => row.TrafficInOutIp),
                ("decision", row => row.Decision),
            ])
        {
            // One for all batches, as Apache's writer has it.
            var dictionary = form.Texts != "dictionary" ? null
                : dictionaries.TryGetValue(name, out var known) ? known : dictionaries[name] = Utf8(all.Select(of).OfType<string>().Distinct());
            columns.Add((name, Texts(form.Texts, [.. rows.Select(of)], dictionary)));
        }

        foreach (var (name, of) in (IEnumerable<(string, Func<FlowEvent, string?>)>)
            [("pod_port", row => row.PodPort), ("traffic_in_out_port", row => row.TrafficInOutPort)])
        {
            string?[] ports = [.. rows.Select(of)];
            columns.Add((name, form.Ports == "text" ? Utf8(ports) : Numbers(form.Ports, ports)));
            if (form.Ports == "exported")
            {
                columns.Add(($"{name}_text", Utf8(ports)));
            }
        }

        columns.Add(("time_stamp", form.Time is { } unit ? Times(rows, unit) : Utf8(rows.Select(row => row.TimeStamp))));
        return Of([.. columns]);
    }

    private static FixedSizeBinaryArray Uuids(FlowEvent[] rows)
    {
        var bytes = rows.SelectMany(row => Guid.Parse(row.Uuid!).ToByteArray(bigEndian: true)).ToArray();
        return new FixedSizeBinaryArray(
            new ArrayData(new FixedSizeBinaryType(16), rows.Length, 0, 0, [ArrowBuffer.Empty, new ArrowBuffer(bytes)], (ArrayData[]?)null));
    }

    private static IArrowArray Numbers(string type, string?[] ports)
    {
        var numbers = ports.Select(port => long.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (long?)null)
            .ToArray();
        return type switch
        {
            "i8" => Built(new Int8Array.Builder(), (to, number) => to.Append((sbyte)number), to => to.AppendNull(), to => to.Build(), numbers),
            "i16" => Built(new Int16Array.Builder(), (to, number) => to.Append((short)number), to => to.AppendNull(), to => to.Build(), numbers),
            "i32" => Built(new Int32Array.Builder(), (to, number) => to.Append((int)number), to => to.AppendNull(), to => to.Build(), numbers),
            "i64" => Built(new Int64Array.Builder(), (to, number) => to.Append(number), to => to.AppendNull(), to => to.Build(), numbers),
            "u64" => Built(new UInt64Array.Builder(), (to, number) => to.Append((ulong)number), to => to.AppendNull(), to => to.Build(), numbers),
            "f64" => Built(new DoubleArray.Builder(), (to, number) => to.Append(number), to => to.AppendNull(), to => to.Build(), numbers),
            _ => Built(new UInt16Array.Builder(), (to, number) => to.Append((ushort)number), to => to.AppendNull(), to => to.Build(), numbers),
        };
    }

    private static IArrowArray Built<TBuilder>(
        TBuilder builder, Action<TBuilder, long> append, Action<TBuilder> appendNull, Func<TBuilder, IArrowArray> build, long?[] numbers)
    {
        foreach (var number in numbers)
        {
            if (number is { } value)
            {
                append(builder, value);
            }
            else
            {
                appendNull(builder);
            }
        }

        return build(builder);
    }

    private static TimestampArray Times(FlowEvent[] rows, TimeUnit unit)
    {
        var values = rows.Select(row =>
        {
            Assert.True(TimestampText.TryParse(System.Text.Encoding.UTF8.GetBytes(row.TimeStamp!), out var micros));
            return unit switch
            {
                TimeUnit.Second => micros / 1_000_000,
                TimeUnit.Millisecond => micros / 1_000,
                TimeUnit.Microsecond => micros,
                _ => micros * 1_000,
            };
        }).ToArray();
        return new TimestampArray(new ArrayData(
            new TimestampType(unit, unit == TimeUnit.Microsecond ? "UTC" : null), rows.Length, 0, 0,
            [ArrowBuffer.Empty, new ArrowBuffer.Builder<long>().AppendRange(values).Build()], (ArrayData[]?)null));
    }
}
