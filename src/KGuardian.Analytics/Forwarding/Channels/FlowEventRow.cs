using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
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
    private readonly string? _direction;
    private readonly bool? _isPodClient;
    private readonly (string? Address, int? Port) _pod;
    private readonly (string? Address, int? Port) _peer;
    private readonly string? _protocol;
    private readonly string? _decision;
    private readonly string? _namespace;
    private readonly string? _name;

    private FlowEventRow(ref Utf8JsonReader row)
    {
        row.Read();
        _sequence = Number(ref row)!.Value;
        _id = Text(ref row)!;
        _micros = Number(ref row)!.Value;
        _arrivalSeconds = Number(ref row)!.Value;
        _direction = Text(ref row);
        _isPodClient = Number(ref row) is { } role ? role == 1 : null;
        _pod = (Text(ref row), Port(Number(ref row)));
        _peer = (Text(ref row), Port(Number(ref row)));
        _protocol = Text(ref row);
        _decision = Text(ref row);
        _namespace = Text(ref row);
        _name = Text(ref row);
    }

    /// <summary>What is selected of <c>traffic AS t</c>, in the order in which it is read.</summary>
    /// <param name="flowId">SQL of the flow's id.</param>
    public static string Columns(string flowId) => string.Join(", ",
        // As texts: ClickHouse quotes numbers of 64 bits or not, as it is configured.
        "toString(t.sequence)", FlowEventId.Sql("t.time_stamp", flowId), "toString(toUnixTimestamp64Micro(t.time_stamp))", "4294967295 - t.version",
        "t.traffic_type", FlowRoles.IsPodClientSql, "t.pod_ip", TrafficColumns.PortNumber("t.pod_port"), "t.traffic_in_out_ip",
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
        var client = _isPodClient switch { true => _pod, false => _peer, _ => default };
        var server = _isPodClient switch { true => _peer, false => _pod, _ => default };
        var direction = string.Equals(_direction, "INGRESS", StringComparison.OrdinalIgnoreCase) ? "in"
            : string.Equals(_direction, "EGRESS", StringComparison.OrdinalIgnoreCase) ? "out" : null;
        var isNumber = IpProtocols.TryNumber(_protocol, out var number);
        var nanoseconds = NanosecondTime.Of(_micros);
        var fields = new List<(string, string)>(10);
        json.WriteStartObject();
        Put("id", _id);
        json.WriteString("type", ActivityVocabulary.Connection);
        json.WriteNumber("timestamp", nanoseconds);
        json.WriteString("timestampRFC3339Nano", NanosecondTime.ToText(nanoseconds));
        json.WriteNumber("rxTimestamp", _arrivalSeconds * NanosecondTime.OfSecond);
        Put("direction", direction);
        WriteIpv4("clientIpv4", client.Address);
        WriteIpv4("serverIpv4", server.Address);
        Put("clientIp", client.Address);
        PutNumber("clientPort", client.Port);
        Put("serverIp", server.Address);
        PutNumber("serverPort", server.Port);
        if (isNumber)
        {
            json.WriteNumber("l4protocol", number);
        }

        Put("protocol", isNumber ? IpProtocols.Name(number) : _protocol);
        Put("decision", _decision);
        if (_namespace is { Length: > 0 } || _name is { Length: > 0 })
        {
            json.WriteStartObject("labels");
            Put("kubernetes.namespace.name", _namespace, "namespace");
            Put("kubernetes.pod.name", _name, "pod");
            json.WriteEndObject();
        }

        json.WriteEndObject();
        var isDropped = string.Equals(_decision, "DROP", StringComparison.OrdinalIgnoreCase);
        return new ForwardedEvent(
            new EventPlace(_sequence, ""), _id, _micros, isDropped ? Notice : Informational, ActivityVocabulary.Connection, fields);

        void Put(string name, string? value, string? field = null)
        {
            if (value is { Length: > 0 })
            {
                json.WriteString(name, value);
                fields.Add((field ?? name, value));
            }
        }

        void PutNumber(string name, int? value)
        {
            if (value is { } known)
            {
                json.WriteNumber(name, known);
                fields.Add((name, known.ToString(CultureInfo.InvariantCulture)));
            }
        }

        void WriteIpv4(string name, string? address)
        {
            // .NET takes 1 for 0.0.0.1.
            if (address?.Count(c => c == '.') == 3 && IPAddress.TryParse(address, out var parsed) && parsed.AddressFamily == AddressFamily.InterNetwork)
            {
                json.WriteString(name, parsed.ToString());
            }
        }
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
