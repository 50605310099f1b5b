using System.Globalization;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>Random flows and filters over few values, so that they often meet.</summary>
/// <param name="seed">Another one makes others.</param>
/// <param name="vocabulary">The fields of the filters; null for those of the native routes.</param>
internal sealed class Samples(int seed, FilterVocabulary? vocabulary = null)
{
    /// <summary>Stored texts and the address that each means; null: none.</summary>
    public static readonly Dictionary<string, string?> Addresses = new()
    {
        ["10.0.0.1"] = "10.0.0.1",
        ["10.0.1.255"] = "10.0.1.255",
        ["10.128.0.7"] = "10.128.0.7",
        ["172.20.0.1"] = "172.20.0.1",
        ["0.0.0.0"] = "0.0.0.0",
        ["255.255.255.255"] = "255.255.255.255",
        ["1.10.0.0"] = "1.10.0.0",
        ["100.0.0.1"] = "100.0.0.1",
        ["::ffff:10.0.0.1"] = "10.0.0.1",
        ["::FFFF:a00:1"] = "10.0.0.1",
        ["0:0:0:0:0:ffff:10.128.0.7"] = "10.128.0.7",
        ["2001:db8::1"] = "2001:db8::1",
        ["2001:DB8:0:0::1"] = "2001:db8::1",
        ["2001:0db8::0001"] = "2001:db8::1",
        ["2001:db8::ff"] = "2001:db8::ff",
        ["fe80::1"] = "fe80::1",
        ["FE80::1"] = "fe80::1",
        ["fE80:0::1"] = "fe80::1",
        ["::"] = "::",
        ["::1"] = "::1",
        ["0:0::1"] = "::1",
        ["64:ff9b::a00:1"] = "64:ff9b::a00:1",
        ["ffff::"] = "ffff::",
        ["::10.0.0.1"] = "::a00:1",
        [""] = null,
        ["garbage"] = null,
        ["10.0.0.1 "] = null,
        ["fe80::1%eth0"] = "fe80::1",
        ["FE80::2%3"] = "fe80::2",
        ["10.0.0.0/8"] = null,
        ["1.2.3"] = null,
        ["300.1.1.1"] = null,
        ["010.0.0.1"] = null,
        ["1"] = null,
        ["[::1]"] = null,
        ["1::2::3"] = null,
        ["10.0.0.1\0"] = null,
        ["127.1"] = null,
    };

    /// <summary>Texts that mean something to some language on their way.</summary>
    public static readonly string[] HostileTexts =
    [
        "'", "\"", "\\", "\\'", "a\0b", "a\nb", "a\tb", "\r\n", "' OR 1=1 --", "'; DROP TABLE traffic; --", "{filter_0:String}", "\\N", "NULL", "%",
        "_", "\\0", "\\x27", "/*", "--", "日本", "🙂", "a b", "and", "not in", "*", "()", "&param_filter_0=x", "%27", "+", "#", "?", "\b\f", "\u0001",
        "\u00a0", "é", "[1]", "$$",
    ];

    private static readonly string?[] Names = [null, "", "api", "API", "api-1", "web", "Web-api", .. HostileTexts];
    private static readonly string[] Prefixes =
    [
        "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0/23", "10.0.0.1/32", "0.0.0.0/0", "10.128.0.0/9", "128.0.0.0/1", "2001:db8::/32", "2001:db8::/120",
        "fe80::/10", "::/0", "::/1", "::/80", "::/96", "::ffff:10.0.0.0/104", "::ffff:0:0/96", "f000::/4", "e000::/3", "::1/128", "fe80::1/64",
        "10.9.9.9/8",
    ];

    private static readonly string?[] Protocols = [null, "", "TCP", "tcp", "UDP", "6", "ICMP", "ICMPv6", "SCTP", "UNKNOWN(47)", "unknown(6)", "odd"];
    private static readonly string?[] Directions = [null, "", "INGRESS", "EGRESS", "ingress", "other"];
    private static readonly string?[] Decisions = [null, "", "ALLOW", "allow", "DROP", "Other"];
    private static readonly int[] Ports = [-1, -2, 0, 1, 80, 443, 32767, 32768, 48974 + 65536, 443 + 65536, 443 + (3 * 65536), 65535, 65536, 65535 + 65536];
    private static readonly string[] Times =
    [
        "2026-03-01 12:00:00.000000", "2026-03-01 12:00:00.000001", "1900-01-01 00:00:00.000000", "2299-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999",
        "2026-03-01 12:59:59.999999", "2026-03-02 00:00:00.500000",
    ];

    // The first of the times above, to the microsecond and between two of them; both ends.
    private static readonly string[] Nanoseconds =
    [
        "1772366400000000000", "1772366400000000001", "1772366400000001000", "1772366399999999999", "0", "1", "9223372036854775807", "9223372036854775000",
        "9223372036854775001",
    ];

    // Relative times too are the same in every run.
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 14, 0, 0, TimeSpan.Zero);

    private readonly Random _random = new(seed);

    // What an event's id is depends on a secret: it has a test of its own.
    private readonly IReadOnlyList<FlowField> _fields = [.. (vocabulary ?? FilterVocabulary.Flows).Fields.Where(field => field.Name != "id")];
    private readonly List<Guid> _ids = [.. Enumerable.Range(0, 8).Select(i => new Guid(i * 77, 2, 3, 4, 5, 6, 7, 8, 9, 10, (byte)i))];

    public List<StoredFlow> Flows(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Flow())
            .DistinctBy(flow => flow.Key).Select((flow, i) => i < _ids.Count ? flow with { Id = _ids[i] } : flow)];

    public FlowFilter Filter(int depth = 4) => _random.Next(depth <= 0 ? 1 : 6) switch
    {
        1 => FlowFilter.Not(Filter(depth - 1)),
        2 => FlowFilter.And(Members(depth)),
        3 => FlowFilter.Or(Members(depth)),
        _ => _random.Next(40) == 0 ? FlowFilter.Everything : Comparison(Pick(_fields)),
    };

    public FlowFilter Comparison(FlowField field) => Comparison(field, Pick(field.Operators));

    public FlowFilter Comparison(FlowField field, FilterOperator op) => FlowFilter.Where(Now, field, op, op switch
    {
        FilterOperator.Exists => [],
        FilterOperator.In or FilterOperator.NotIn => [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Value(field, op))],
        _ => [Value(field, op)],
    });

    public T Pick<T>(IReadOnlyList<T> from) => from[_random.Next(from.Count)];

    private FlowFilter[] Members(int depth) => [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Filter(depth - 1))];

    private string Value(FlowField field, FilterOperator op)
    {
        var isPart = op is FilterOperator.Contains or FilterOperator.StartsWith;
        return field.Name switch
        {
            "uuid" => Pick(_ids).ToString(),
            "pod_ip" or "peer_ip" or "clientipv4" or "serveripv4" when isPart => Pick([":", "10.", "f", "FE80", "0", "garb", "/"]),
            "pod_ip" or "peer_ip" or "clientipv4" or "serveripv4" => op is FilterOperator.In or FilterOperator.NotIn && _random.Next(2) == 0
                ? Pick(Prefixes)
                : Pick([.. Addresses.Where(address => address.Value is not null).Select(address => address.Key)]),
            "pod_port" or "peer_port" or "clientport" or "serverport" => Pick(["0", "32768", "48974", "1", "80", "443", "0443", "65535", "444"]),
            "protocol" when isPart => Pick(["t", "ICMP", "o", "unknown"]),
            "protocol" => Pick(["tcp", "6", "UDP", "17", "icmp", "ICMPv6", "58", "132", "UNKNOWN(47)", "47", "unknown(6)", "255"]),
            "direction" => Pick(["INGRESS", "egress"]),
            "decision" => Pick(["ALLOW", "drop", "other", ""]),
            "time" or "last_seen" => Pick([.. Times.Select(time => time.Replace(' ', 'T') + "Z"), "-6h", "2026-03-01T14:00:00.000001+02:00",
                "1969-12-31", "2026-03-01", "2026-03-01T12:00", "2026-03-01T12:59:59", "1969-12-31T23:59:59.999Z", "2026-03-01T12:00:00.00000Z"]),
            "observations" => _random.Next(8).ToString(CultureInfo.InvariantCulture),
            "timestamp" => Pick(Nanoseconds),
            "rxtimestamp" => Pick(["0", "4294967295000000000", "4294967294999999999", "4294967295000000001", "9223372036854775807"]),
            "type" => Pick(["connection", "command", "Kubernetes"]),
            "kubernetes.cluster.name" when !isPart => Pick(["here", "elsewhere"]),
            "pid" or "ppid" or "uid" or "tty" or "agentid" or "errorcode" or "loginshellid" or "loginshelldistance" => Pick(["0", "-1", "4711"]),
            "search" => Pick(["api", "WEB", "10.0", "FE80", "'", "\\", "Ffff", ":"]),
            _ => isPart ? Pick([.. Names.Where(name => !string.IsNullOrEmpty(name)), "a", "p", "b"])! : Pick(Names) ?? "api",
        };
    }

    private StoredFlow Flow() => new()
    {
        Id = new Guid(_random.Next(), 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        PodName = Pick(Names),
        PodNamespace = Pick(Names),
        PodIp = _random.Next(10) == 0 ? null : Pick([.. Addresses.Keys]),
        PodPort = Pick(Ports),
        IpProtocol = Pick(Protocols),
        TrafficType = Pick(Directions),
        TrafficInOutIp = _random.Next(10) == 0 ? null : Pick([.. Addresses.Keys]),
        TrafficInOutPort = Pick(Ports),
        Decision = Pick(Decisions),
        TimeStamp = Pick(Times),
        Repeats = [.. Enumerable.Range(0, Math.Max(0, _random.Next(-3, 4))).Select(_ => (_random.Next(1, 4), Pick(Times)))],
    };
}
