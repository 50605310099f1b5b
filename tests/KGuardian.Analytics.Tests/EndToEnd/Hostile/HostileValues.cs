using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.EndToEnd.Hostile;

/// <summary>Names that the routes know, values that they take, and values that mean something to a language on the way.</summary>
internal static class HostileValues
{
    public static readonly string[] Parameters =
    [
        "from", "to", "filter", "limit", "order", "fields", "cursor", "format", "mode", "by", "metric", "collapse", "step", "namespace", "dry_run",
        "page", "per_page", "sort", "sort_by", "start_time", "end_time", "search", "after", "since", "stats", "group_by", "pod", "name",
        "param_limit", "database", "query", "max_memory_usage", "", "%00", "from[]", "LIMIT", "__proto__",
    ];

    public static readonly string[] Good =
    [
        "now", "-24h", "-365d", "2024-02-15", "2024-02-15T10:00:00Z", "pod = api", "namespace exists and not peer_ip in 10.0.0.0/8", "search contains \"api\"",
        "observations > 1", "1", "10", "1000", "desc", "asc", "json", "ndjson", "csv", "arrow", "parquet", "pod", "namespace", "namespace,decision",
        "exact", "fast", "ports", "none", "flows", "1m", "1h", "7", "uuid,pod_name", "openshift-monitoring", "true",
    ];

    /// <summary>What nobody means well.</summary>
    public static readonly string[] Hostile =
    [
        .. Samples.HostileTexts, "", "-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e309", "NaN", "0x10", "١٢",
        "1 ", " 1", "+1", "9999-12-31T23:59:59Z", "0001-01-01", "1900-01-01", "2299-12-31T23:59:59.999999Z", "-9999w", "-99999999999d", "now-1",
        "2024-02-30", "{limit:UInt64}", "{oldest:Date}", "${x}", "{{7*7}}", "%s%n%x", "1;SELECT 1", "1 UNION ALL SELECT 1", "1) FORMAT JSON --",
        "FORMAT Null", "SETTINGS max_threads=1", "../../etc/passwd", "..\\..\\x", "file:///etc/passwd", "http://127.0.0.1:1/",
        "<script>alert(1)</script>", "a\r\nX-Injected: yes", "\uFEFF", "\u202Ereversed", "\ud83d\ude00", new('a', 1024), new('a', 1025),
        new('(', 500), new('\'', 2000), new('\\', 3000), "not " + new string('(', 40), string.Join(',', Enumerable.Repeat("pod", 2000)),
        string.Join(" or ", Enumerable.Repeat("pod = a", 900)),
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];
}
