using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>Parses events slowly and plainly, with System.Text.Json and regular expressions: what the parser must agree with.</summary>
internal static partial class JsonDocumentOracle
{
    private static readonly string[] TextFields =
        ["pod_name", "pod_namespace", "pod_ip", "ip_protocol", "traffic_type", "traffic_in_out_ip", "decision"];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 100_000 };

    /// <summary>The rows as <see cref="Bodies.Describe"/> writes them, or null when the body is malformed.</summary>
    public static string? Describe(byte[] body, BodyShape shape)
    {
        try
        {
            var start = body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? 3 : 0;
            using var document = JsonDocument.Parse(body.AsMemory(start), Strict);
            var root = document.RootElement;
            if (root.ValueKind != (shape == BodyShape.Batch ? JsonValueKind.Array : JsonValueKind.Object))
            {
                return null;
            }

            var rows = new StringBuilder();
            var rejected = new StringBuilder();
            foreach (var row in shape == BodyShape.Batch ? root.EnumerateArray().ToArray() : [root])
            {
                if (Row(row, rows) is not var (reason, field))
                {
                    continue;
                }

                var raw = JsonMarshal.GetRawUtf8Value(row);
                raw = raw[..Math.Min(raw.Length, 4096)];
                rejected.Append(reason).Append(' ').Append(field).Append(' ').Append(Convert.ToHexString(raw)).Append('\n');
            }

            return rows.Append(rejected).ToString();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static (string Reason, string Field)? Row(JsonElement row, StringBuilder rows)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            return ("not_an_object", "");
        }

        var values = new Dictionary<string, JsonElement>();
        foreach (var property in row.EnumerateObject())
        {
            if (TryGet(() => property.Name) is { } name)
            {
                values[name] = property.Value;
            }
        }

        if (Text("uuid", out var uuid) is { } uuidFault)
        {
            return (uuidFault, "uuid");
        }

        if (uuid is null)
        {
            return ("missing_uuid", "uuid");
        }

        if (!UuidForms().IsMatch(uuid))
        {
            return ("bad_uuid", "uuid");
        }

        if (Text("time_stamp", out var time) is { } timeFault)
        {
            return (timeFault, "time_stamp");
        }

        if (time is null)
        {
            return ("missing_time", "time_stamp");
        }

        if (Time(time) is not { } micros)
        {
            return ("bad_time", "time_stamp");
        }

        var texts = new string?[TextFields.Length];
        for (var i = 0; i < texts.Length; i++)
        {
            if (Text(TextFields[i], out texts[i]) is { } fault)
            {
                return (fault, TextFields[i]);
            }
        }

        var ports = new int[2];
        for (var i = 0; i < 2; i++)
        {
            var field = i == 0 ? "pod_port" : "traffic_in_out_port";
            if (Text(field, out var port) is { } fault)
            {
                return (fault, field);
            }

            if (port is { Length: > 0 } && !(PortForm().IsMatch(port) && int.Parse(port, CultureInfo.InvariantCulture) < 65536))
            {
                return ("bad_port", field);
            }

            ports[i] = port switch
            {
                null => -1,
                "" => -2,
                _ => int.Parse(port, CultureInfo.InvariantCulture)
                    + (65536 * (port.Length - port.TrimStart('0').Length - (port.Trim('0').Length == 0 ? 1 : 0))),
            };
        }

        rows.Append(UuidDigits().Replace(uuid.ToLowerInvariant(), "")[^32..]).Append(' ').Append(micros);
        foreach (var text in texts)
        {
            rows.Append(' ').Append(text is null ? "-" : Convert.ToHexString(Encoding.UTF8.GetBytes(text)) + ".");
        }

        rows.Append(' ').Append(ports[0]).Append(' ').Append(ports[1]).Append(' ').Append(Key(texts, ports)).Append('\n');
        return null;

        string? Text(string field, out string? text)
        {
            text = null;
            if (!values.TryGetValue(field, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                return null;
            }

            if (value.ValueKind != JsonValueKind.String)
            {
                return "not_a_string";
            }
            // Six bytes a character, quotes aside: no such text is short enough, whatever it is.
            if (JsonMarshal.GetRawUtf8Value(value).Length - 2 > 6 * 1024)
            {
                return "too_long";
            }

            text = TryGet(value.GetString);
            return text is null ? "invalid_utf8" : Encoding.UTF8.GetByteCount(text) > 1024 ? "too_long" : null;
        }
    }

    private static FlowKey Key(string?[] texts, int[] ports)
    {
        var all = new List<byte>();
        var refs = texts.Select(text =>
        {
            if (text is null)
            {
                return TextRef.Null;
            }

            var bytes = Encoding.UTF8.GetBytes(text);
            all.AddRange(bytes);
            return new TextRef(all.Count - bytes.Length, bytes.Length);
        }).ToArray();
        return Bodies.Hasher.Hash(all.ToArray(), refs[2], refs[4], refs[5], refs[3], refs[6], ports[0], ports[1]);
    }

    private static long? Time(string text)
    {
        if (NoTime().IsMatch(text))
        {
            return TimestampText.Unknown;
        }

        text = MinuteForm().Replace(text, "$1:00$2");
        var match = TimeForm().Match(text);
        if (!match.Success || !DateTime.TryParseExact(
                match.Groups[1].Value.Replace(' ', 'T').Replace('t', 'T'), "yyyy-MM-ddTHH:mm:ss",
                CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
        {
            return null;
        }

        var fraction = long.Parse(match.Groups[2].Value.PadRight(9, '0')[..6], CultureInfo.InvariantCulture);
        var offset = 0;
        if (match.Groups[4].Success)
        {
            var minutes = match.Groups[5].Success ? int.Parse(match.Groups[5].Value, CultureInfo.InvariantCulture) : 0;
            var hours = int.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture);
            if (hours > 23 || minutes > 59)
            {
                return null;
            }

            offset = ((hours * 60) + minutes) * (match.Groups[3].Value == "-" ? -1 : 1);
        }

        var micros = ((time - DateTime.UnixEpoch).Ticks / 10) - (offset * 60_000_000L) + fraction;
        return micros >= (new DateTime(1900, 1, 1) - DateTime.UnixEpoch).Ticks / 10 && micros < (new DateTime(2300, 1, 1) - DateTime.UnixEpoch).Ticks / 10
            ? micros
            : null;
    }

    // Invalid UTF-8 and lone surrogates come as InvalidOperationException.
    private static string? TryGet(Func<string?> text)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    [GeneratedRegex(
        @"\A(([0-9a-f]{32})|(urn:uuid:)?([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})|\{([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})\})\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UuidForms();

    [GeneratedRegex("urn:uuid:|[-{}]")]
    private static partial Regex UuidDigits();

    [GeneratedRegex(@"\A(0001-01-01[T ]00:00:00(\.0+)?([Zz]|\+00:00)?)?\z")]
    private static partial Regex NoTime();

    [GeneratedRegex(@"\A([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2})([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?\z")]
    private static partial Regex MinuteForm();

    [GeneratedRegex(@"\A[0-9]{1,1024}\z")]
    private static partial Regex PortForm();

    [GeneratedRegex(@"\A([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)?\z")]
    private static partial Regex TimeForm();
}
