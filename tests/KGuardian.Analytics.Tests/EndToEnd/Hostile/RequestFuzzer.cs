using System.Globalization;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.EndToEnd.Hostile;

/// <summary>Makes requests, from right to absurd; the same ones for the same seed.</summary>
internal sealed class RequestFuzzer(int seed, (string Method, string Pattern)[] routes)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "G\0T", "CONNECT", "*"];

    private static readonly string[] PathMarks =
    [
        "%00", "%ff", "%2e%2e", "..", ".", "//", "%2f", "%", "%zz", "%ed%a0%80", "%c0%ae", "\\", ";a=b", "é", "\u0001", "#x", "?", "//x/",
    ];

    private static readonly string[] Accepts =
    [
        "*/*", "application/json", "application/x-ndjson", "text/csv", "application/vnd.apache.arrow.stream;q=0.5, */*;q=0.1", "application/json;q=2",
        ";;;", "text/event-stream", "application/x-ndjson;q=NaN", ",", "a/b/c", "application/x-ndjson;q=1;q=0",
    ];

    private readonly Random _random = new(seed);
    private readonly BodyMutator _bodies = new(seed);

    /// <summary>The next request's bytes, and whether it is whole: of another the server may wait for more.</summary>
    public (byte[] Bytes, bool Whole) Next()
    {
        var (method, pattern) = Pick(routes);
        if (Rarely(8))
        {
            method = Pick(Methods);
        }

        var head = new StringBuilder($"{method} {Target(pattern)} {(Rarely(60) ? Pick("HTTP/1.0", "HTTP/2.0", "HTTP/9.9", "http/1.1", "") : "HTTP/1.1")}\r\n");
        head.Append(Rarely(60) ? Pick("", "Host: \r\n", "Host: a b\r\n", "Host: x\r\nHost: y\r\n") : "Host: test\r\n").Append("Connection: close\r\n");
        Headers(head);
        var (framing, body, whole) = Body(method);
        head.Append(framing);
        if (Rarely(100))
        {
            return (Encoding.Latin1.GetBytes(head.ToString()[..^3]), false);
        }

        return ([.. Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()), .. body], whole);
    }

    private string Target(string pattern)
    {
        var path = string.Join('/', pattern.Split('/').Select(part => part.StartsWith('{') ? Encoded(Value()) : part));
        for (var times = Rarely(6) ? _random.Next(1, 4) : 0; times > 0; times--)
        {
            var at = _random.Next(path.Length + 1);
            path = _random.Next(3) == 0 ? path.ToUpperInvariant() : path.Insert(at, Pick(PathMarks));
        }

        if (Rarely(100))
        {
            path += new string('x', _random.Next(1000, 300_000));
        }

        var query = string.Join('&', Enumerable.Range(0, _random.Next(5)).Select(_ => Parameter()));
        return (path.StartsWith('/') || Rarely(2) ? path : "/" + path) + (query.Length > 0 ? "?" + query : "");
    }

    private string Parameter() => _random.Next(12) switch
    {
        0 => Pick(HostileValues.Parameters),
        1 => "=" + Encoded(Value()),
        2 => $"{Pick(HostileValues.Parameters)}={Pick(PathMarks)}",
        3 when Rarely(5) => $"{Pick(HostileValues.Parameters)}={new string('%', _random.Next(1, 60_000))}",
        4 when Rarely(5) => $"{Pick(HostileValues.Parameters)}={string.Concat(Enumerable.Repeat("%5c", _random.Next(1, 60_000)))}",
        _ => $"{Pick(HostileValues.Parameters)}={Encoded(Value())}",
    };

    private string Value() => Pick(_random.Next(3) == 0 ? HostileValues.Hostile : HostileValues.Good);

    // Usually as clients do it, at times as it is: a target may then hold spaces, quotes and line ends.
    private string Encoded(string value) => Rarely(25) ? value : Uri.EscapeDataString(value);

    private void Headers(StringBuilder head)
    {
        if (_random.Next(2) == 0)
        {
            head.Append("Accept: ").Append(Pick(Accepts)).Append("\r\n");
        }

        if (_random.Next(4) == 0)
        {
            head.Append("Accept-Encoding: ").Append(Pick("gzip", "br", "gzip, br;q=0", "*;q=0", ";;", "identity;q=0")).Append("\r\n");
        }

        if (Rarely(10))
        {
            head.Append("Origin: ").Append(Pick("http://ui.example", "null", "x\0y", new string('o', 5000)))
                .Append("\r\nAccess-Control-Request-Method: PUT\r\n");
        }

        if (Rarely(10))
        {
            head.Append("Authorization: ")
                .Append(Pick("Bearer x", "Bearer", "Basic ====", "Bearer " + new string('t', 10_000), "Bearer é\u0001"))
                .Append("\r\n");
        }

        if (Rarely(10))
        {
            head.Append("If-None-Match: ").Append(Pick("*", "\"x\"", "W/\"", new string('"', 300)))
                .Append("\r\nRange: bytes=5-1,0-,-1\r\nLast-Event-ID: ").Append(Pick("1", "-1", "x")).Append("\r\n");
        }

        if (Rarely(20))
        {
            head.Append("Expect: ").Append(Pick("100-continue", "x")).Append("\r\nUpgrade: ").Append(Pick("websocket", "h2c")).Append("\r\n");
        }

        if (Rarely(30))
        {
            head.Append(string.Concat(Enumerable.Range(0, _random.Next(150)).Select(n => $"X-{n}: {n}\r\n")));
        }

        if (Rarely(40))
        {
            head.Append("X-Huge: ").Append('h', _random.Next(1000, 80_000)).Append("\r\n");
        }

        if (Rarely(40))
        {
            head.Append(Pick(
                "No colon\r\n", ": no name\r\n", " folded: x\r\n", "Name : x\r\n", "A: \0\r\n", "A: \u0080é\r\n", "A: x\nB: y\r\n", "A: x\rB\r\n"));
        }
    }

    private (string Framing, byte[] Body, bool Whole) Body(string method)
    {
        if (method is "GET" or "HEAD" or "OPTIONS" && !Rarely(20))
        {
            return ("", [], true);
        }

        var body = _random.Next(4) switch
        {
            0 => Encoding.UTF8.GetBytes(Pick(
                "{\"days\":7}", "{\"days\":-1}", "{\"days\":1e999}", "{\"days\":7,\"days\":8}", "{\"\\ud800\":1}", "{\"d\\u0061ys\":7}",
                "[", "null", "{}", "\"x\"", "{\"days\":\"7\"}")),
            _ => _bodies.Next(batch: _random.Next(4) > 0),
        };
        var type = "Content-Type: "
            + (Rarely(10) ? Pick("text/plain", "application/json; charset=x", "multipart/form-data; boundary=", "é", "") : "application/json")
            + "\r\n";
        if (Rarely(4))
        {
            var encoding = Pick("gzip", "br", "deflate", "zstd", "gzip, br", "identity", "GZIP", "");
            type += $"Content-Encoding: {encoding}\r\n";
            if (_random.Next(2) == 0 && encoding is "gzip" or "br" or "deflate")
            {
                body = Packed.As(encoding, body);
            }
        }

        if (Rarely(4))
        {
            return Chunked(type, body);
        }

        return Rarely(15)
            ? ($"{type}Content-Length: {Pick("-1", "x", "99999999999999999999", "1000", "1\r\nContent-Length: 2", "0", "+5", "1,1")}\r\n", body, false)
            : ($"{type}Content-Length: {body.Length}\r\n", body, true);
    }

    private (string Framing, byte[] Body, bool Whole) Chunked(string type, byte[] body)
    {
        var framing = type + "Transfer-Encoding: "
            + (Rarely(10) ? Pick("chunked, chunked", "gzip, chunked", "chunked\r\nContent-Length: 3", "x") : "chunked")
            + "\r\n";
        var chunks = new List<byte>();
        for (var at = 0; at < body.Length;)
        {
            var count = Math.Min(body.Length - at, _random.Next(1, 200));
            chunks.AddRange(Encoding.Latin1.GetBytes(Rarely(30)
                ? Pick("-1\r\n", "zz\r\n", "FFFFFFFFFFFFFFFFF\r\n", "7fffffff\r\n", "\r\n", "0\r\nX: y\r\n")
                : $"{count.ToString("x", CultureInfo.InvariantCulture)}{(Rarely(10) ? ";ext=" + new string('e', 50) : "")}\r\n"));
            chunks.AddRange(body.AsSpan(at, count));
            chunks.AddRange("\r\n"u8);
            at += count;
        }

        if (Rarely(15))
        {
            return (framing, [.. chunks], false);
        }

        chunks.AddRange("0\r\n\r\n"u8);
        // What a broken chunk leaves open nobody knows.
        return (framing, [.. chunks], false);
    }

    private bool Rarely(int one) => _random.Next(one) == 0;

    private T Pick<T>(params T[] from) => from[_random.Next(from.Length)];
}
