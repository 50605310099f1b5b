using System.Text;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>Makes bodies that are valid, nearly valid, or noise; the same ones for the same seed.</summary>
internal sealed class BodyMutator(int seed)
{
    private static readonly string[] Names =
    [
        "uuid", "pod_name", "pod_namespace", "pod_ip", "pod_port", "ip_protocol", "traffic_type", "traffic_in_out_ip", "traffic_in_out_port",
        "decision", "time_stamp", "pod_n\\u0061me", "\\u0075uid", "peer_name", "", "pod_names", "Uuid", "\\ud800", "é", "time_stam\\u0070\\n",
    ];

    private static readonly string[] Texts =
    [
        "12ea85bd-c73c-5ab3-84e8-6ef2b26cc852", "12EA85BDC73C5AB384E86EF2B26CC852", "{12ea85bd-c73c-5ab3-84e8-6ef2b26cc852}",
        "urn:uuid:12ea85bd-c73c-5ab3-84e8-6ef2b26cc852", "12ea85bd-c73c-5ab3-84e8-6ef2b26cc85x", "12ea85b\\u0064-c73c-5ab3-84e8-6ef2b26cc852",
        "2026-05-12T10:32:14.123456", "2026-05-12 10:32:14Z", "1969-12-31t23:59:59.9999999-01:30", "2026-02-29T10:32:14", "1899-12-31T23:30:00-01",
        "2026-05-12T10:32\\u003a14", "8080", "0", "007", "65536", "000", "-1", "\\u0030", "", "TCP", "INGRESS", "ALLOW", "10.128.0.7",
        "service-ca-operator-575d5cf89-s8pjm", "a name that is longer than thirty-two bytes, and then sixty-four, ever on",
        "größe 日本 🙂", "\\ud83d\\ude42", "\\ud83d", "\\ude42\\ud83d", "\\\"\\\\\\/\\b\\f\\n\\r\\t", "x\\u0000y",
        "2026-05-12T10:32", "2026-05-12 10:32+02", "2026-05-12T10:32Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000", "0001-01-01T00:00:00.5",
        "2026-05-12T10:32+",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-0", "1.5", "-2.5e+3", "1E9", "12345678901234567890", "[]", "{}", "[1,[2,{}],null]",
        "{\"a\":{\"uuid\":\"b\"}}", "01", "1.", "nul", "tru e", "-", "+1", "NaN", "'a'",
    ];

    private static readonly string[] Marks = ["{", "}", "[", "]", ",", ":", "\"", "\\", " ", "\n", "\t", "/*x*/", "//\n", "\uFEFF", "\u0001"];

    private readonly Random _random = new(seed);

    /// <summary>The next body, a batch or one event.</summary>
    public byte[] Next(bool batch) => _random.Next(20) switch
    {
        0 => Noise(),
        1 => Encoding.UTF8.GetBytes(Value(0)),
        2 => Deep(_random.Next(28, 300)),
        _ => MutateBytes(Encoding.UTF8.GetBytes(string.Concat(MutateTokens(Body(batch))))),
    };

    private List<string> Body(bool batch)
    {
        var tokens = new List<string>();
        if (_random.Next(20) == 0)
        {
            tokens.Add("\uFEFF");
        }

        if (!batch)
        {
            Row(tokens);
            return tokens;
        }

        tokens.Add("[");
        for (var rows = _random.Next(4); rows > 0; rows--)
        {
            Row(tokens);
            tokens.Add(rows > 1 ? "," : "");
        }

        tokens.Add("]");
        return tokens;
    }

    // Most rows have a good uuid and time, or there would be nothing but rejects.
    private void Row(List<string> tokens)
    {
        tokens.Add("{");
        var names = _random.Next(3) == 0 ? Enumerable.Range(0, _random.Next(8)).Select(_ => Pick(Names)) : Names.Take(11);
        if (_random.Next(4) == 0)
        {
            names = names.OrderBy(_ => _random.Next()).ToList();
        }

        var first = true;
        foreach (var name in names)
        {
            if (!first)
            {
                tokens.Add(",");
            }

            first = false;
            tokens.Add($"\"{name}\"");
            tokens.Add(_random.Next(6) == 0 ? " : " : ":");
            tokens.Add(_random.Next(8) == 0 ? Value(2) : name switch
            {
                "uuid" => $"\"{Texts[_random.Next(4)]}\"",
                "time_stamp" => $"\"{(_random.Next(6) == 0 ? Texts[^(1 + _random.Next(7))] : Texts[6 + _random.Next(3)])}\"",
                "pod_port" or "traffic_in_out_port" => $"\"{Texts[12 + _random.Next(3)]}\"",
                _ => $"\"{Pick(Texts)}\"",
            });
        }

        tokens.Add("}");
    }

    private string Value(int depth) => _random.Next(depth < 4 ? 8 : 6) switch
    {
        0 or 1 => Pick(Values),
        2 or 3 or 4 => $"\"{Pick(Texts)}\"",
        5 => $"\"{new string('y', _random.Next(1020, 1030))}\"",
        6 => "[" + string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Value(depth + 1))) + "]",
        _ => "{" + string.Join(',', Enumerable.Range(0, _random.Next(4)).Select(_ => $"\"{Pick(Names)}\":{Value(depth + 1)}")) + "}",
    };

    private List<string> MutateTokens(List<string> tokens)
    {
        for (var times = _random.Next(3); times > 0 && tokens.Count > 0; times--)
        {
            var at = _random.Next(tokens.Count);
            switch (_random.Next(6))
            {
                case 0:
                    tokens.RemoveAt(at);
                    break;
                case 1:
                    tokens.Insert(at, tokens[_random.Next(tokens.Count)]);
                    break;
                case 2:
                    tokens.Insert(at, Pick(Marks));
                    break;
                case 3:
                    tokens[at] = Value(2);
                    break;
                default:
                    tokens.Insert(at, Pick(Marks[8..11]));
                    break;
            }
        }

        return tokens;
    }

    private byte[] MutateBytes(byte[] body)
    {
        if (body.Length == 0)
        {
            return body;
        }

        var at = _random.Next(body.Length);
        switch (_random.Next(8))
        {
            case 0:
                body[at] = (byte)_random.Next(256);
                return body;
            case 1:
                return [.. body[..at], .. body[(at + 1)..]];
            case 2:
                return [.. body[..at], (byte)Pick(Marks)[0], .. body[at..]];
            case 3:
                return body[..at];
            default:
                return body;
        }
    }

    /// <summary>Objects and arrays in each other, and now and then one that does not end as it began.</summary>
    private byte[] Deep(int levels)
    {
        var open = Enumerable.Range(0, levels).Select(_ => _random.Next(2) == 0).ToArray();
        var close = open.Reverse().Select(isObject => _random.Next(500) == 0 ? ' ' : isObject ? '}' : ']');
        return Encoding.UTF8.GetBytes($"[{string.Concat(open.Select(isObject => isObject ? "{\"a\":" : "["))}1{string.Concat(close)}]");
    }

    private byte[] Noise()
    {
        const string Alphabet = "[]{}\",:\\ntrue0123456789-+.eE falsu/\n\t";
        var noise = new byte[_random.Next(12)];
        for (var i = 0; i < noise.Length; i++)
        {
            noise[i] = (byte)(_random.Next(10) == 0 ? _random.Next(256) : Alphabet[_random.Next(Alphabet.Length)]);
        }

        return _random.Next(2) == 0 ? noise : [(byte)'[', .. noise, (byte)']'];
    }

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
