using System.Buffers;
using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>
/// A flow as an event of the activity audit: what is selected of it, and its JSON. Only what flows alone know, so that an event says the same whenever it is
/// sent again; unknown members are left out.
/// </summary>
internal sealed class FlowEventRow
{
    /// <summary>Syslog's notice: what was dropped.</summary>
    private const int Notice = 5;

    /// <summary>Syslog's informational: every other connection.</summary>
    private const int Informational = 6;

    private readonly long _sequence;
    private readonly string _id;
    private readonly long _micros;
    private readonly long _arrivalSeconds;
    private readonly Connection _connection;
    private readonly string? _namespace;
    private readonly string? _name;

    private FlowEventRow(ref Utf8JsonReader row)
    {
        row.Read();
        _sequence = Number(ref row)!.Value;
        _id = Text(ref row)!;
        _micros = Number(ref row)!.Value;
        _arrivalSeconds = Number(ref row)!.Value;
        _connection = Connection.Of(
            Text(ref row), new(Text(ref row), Port(Number(ref row))), new(Text(ref row), Port(Number(ref row))), Text(ref row), Text(ref row));
        _namespace = Text(ref row);
        _name = Text(ref row);
    }

    /// <summary>What is selected of <c>traffic AS t</c>, in the order in which it is read.</summary>
    /// <param name="flowId">SQL of the flow's id.</param>
    public static string Columns(string flowId) => string.Join(", ",
        // As texts: ClickHouse quotes numbers of 64 bits or not, as it is configured.
        "toString(t.sequence)", FlowEventId.Sql("t.time_stamp", flowId), "toString(toUnixTimestamp64Micro(t.time_stamp))", "4294967295 - t.version",
        "t.traffic_type", "t.pod_ip", TrafficColumns.PortNumber("t.pod_port"), "t.traffic_in_out_ip",
        TrafficColumns.PortNumber("t.traffic_in_out_port"), "t.ip_protocol", "t.decision", "t.pod_namespace", "t.pod_name");

    /// <summary>Reads a row of <see cref="Columns"/>, as <c>JSONCompactEachRow</c> writes it.</summary>
    public static FlowEventRow Read(ReadOnlySequence<byte> row)
    {
        var reader = new Utf8JsonReader(row);
        reader.Read();
        return new FlowEventRow(ref reader);
    }

    /// <summary>Writes its JSON.</summary>
    public ForwardedEvent Write(Utf8JsonWriter json)
    {
        var nanoseconds = NanosecondTime.Of(_micros);
        json.WriteStartObject();
        json.WriteString("id"u8, _id);
        json.WriteString("type"u8, ActivityVocabulary.Connection);
        json.WriteNumber("timestamp"u8, nanoseconds);
        json.WriteString("timestampRFC3339Nano"u8, NanosecondTime.ToText(nanoseconds));
        json.WriteNumber("rxTimestamp"u8, _arrivalSeconds * NanosecondTime.OfSecond);
        _connection.Write(json);
        var labels = new[] { ("namespace", _namespace), ("pod", _name) }.Where(label => !string.IsNullOrEmpty(label.Item2)).ToArray();
        if (labels.Length > 0)
        {
            json.WriteStartObject("labels"u8);
            foreach (var (label, value) in labels)
            {
                json.WriteString($"kubernetes.{label}.name", value);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        var isDropped = string.Equals(_connection.Decision, "DROP", StringComparison.OrdinalIgnoreCase);
        return new ForwardedEvent(
            new EventPlace(_sequence, ""), _id, _micros, isDropped ? Notice : Informational, ActivityVocabulary.Connection,
            [("id", _id), .. _connection.Fields, .. labels.Select(label => (label.Item1, label.Item2!))]);
    }

    private static int? Port(long? number) => number is > 0 ? (int)number : null;

    private static string? Text(ref Utf8JsonReader row)
    {
        var text = row.TokenType == JsonTokenType.Null ? null : row.GetString();
        row.Read();
        return text;
    }

    private static long? Number(ref Utf8JsonReader row)
    {
        long? number = row.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => long.Parse(row.GetString()!, CultureInfo.InvariantCulture),
            _ => row.GetInt64(),
        };
        row.Read();
        return number;
    }
}
