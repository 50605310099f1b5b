using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>An event as the contract writes it: its JSON is byte for byte what a read has to show.</summary>
public sealed record FlowEvent
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [JsonPropertyName("uuid")] public string? Uuid { get; init; }

    [JsonPropertyName("pod_name")] public string? PodName { get; init; }

    [JsonPropertyName("pod_namespace")] public string? PodNamespace { get; init; }

    [JsonPropertyName("pod_ip")] public string? PodIp { get; init; }

    [JsonPropertyName("pod_port")] public string? PodPort { get; init; }

    [JsonPropertyName("ip_protocol")] public string? IpProtocol { get; init; }

    [JsonPropertyName("traffic_type")] public string? TrafficType { get; init; }

    [JsonPropertyName("traffic_in_out_ip")] public string? TrafficInOutIp { get; init; }

    [JsonPropertyName("traffic_in_out_port")] public string? TrafficInOutPort { get; init; }

    [JsonPropertyName("decision")] public string? Decision { get; init; }

    [JsonPropertyName("time_stamp")] public string? TimeStamp { get; init; }

    /// <summary>The documented dedup tuple.</summary>
    [JsonIgnore]
    public (string? PodIp, string? PodPort, string? Type, string? Ip, string? Port, string? Protocol, string? Decision) Tuple =>
        (PodIp, PodPort, TrafficType, TrafficInOutIp, TrafficInOutPort, IpProtocol, Decision);

    /// <summary>A pod name that no other test uses.</summary>
    public static string NewPod() => $"pod-{Guid.NewGuid():N}";

    /// <summary>The n-th flow of a pod, the same whenever asked for: one pod's flows differ from each other and from every other pod's.</summary>
    public static FlowEvent Of(string pod, int n) => new()
    {
        Uuid = new Guid(Hash($"{pod}/{n}").AsSpan(0, 16)).ToString("D"),
        PodName = pod,
        PodNamespace = "tests",
        PodIp = Address(pod),
        PodPort = "8080",
        IpProtocol = "TCP",
        TrafficType = "INGRESS",
        TrafficInOutIp = $"10.{(n >> 16) & 255}.{(n >> 8) & 255}.{n & 255}",
        TrafficInOutPort = "0",
        Decision = "ALLOW",
        TimeStamp = Time(n),
    };

    /// <summary>The first flows of a pod.</summary>
    public static FlowEvent[] Many(string pod, int count) => [.. Enumerable.Range(0, count).Select(n => Of(pod, n))];

    /// <summary>n milliseconds and 7 microseconds after a moment, as the contract writes times.</summary>
    public static string Time(int n) =>
        new DateTime(2026, 5, 12, 10, 32, 14, DateTimeKind.Utc).AddMilliseconds(n).AddMicroseconds(7)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    public static string Batch(IEnumerable<FlowEvent> events) => $"[{string.Join(',', events.Select(row => row.ToJson()))}]";

    /// <summary>The order of reads: newest first, ties by the seven columns that tell flows apart, last first.</summary>
    public static FlowEvent[] NewestFirst(IEnumerable<FlowEvent> events) =>
        [.. events.OrderByDescending(row => row.TimeStamp, StringComparer.Ordinal)
            .ThenByDescending(row => row.PodIp, StringComparer.Ordinal).ThenByDescending(row => Port(row.PodPort))
            .ThenByDescending(row => row.TrafficType, StringComparer.Ordinal).ThenByDescending(row => row.TrafficInOutIp, StringComparer.Ordinal)
            .ThenByDescending(row => Port(row.TrafficInOutPort)).ThenByDescending(row => row.IpProtocol, StringComparer.Ordinal)
            .ThenByDescending(row => row.Decision, StringComparer.Ordinal)];

    // As stored: 65536 more for each leading zero; -1 is null, -2 the empty text.
    private static int Port(string? text) =>
        text is null ? -1
        : text.Length == 0 ? -2
        : int.Parse(text, CultureInfo.InvariantCulture) + (65_536 * text.TakeWhile((c, i) => c == '0' && i < text.Length - 1).Count());

    /// <summary>The row of the native routes: its time says that it is in UTC.</summary>
    public FlowEvent ToNative() => this with { TimeStamp = $"{TimeStamp}Z" };

    /// <summary>The event whose <see cref="ToNative"/> a row is.</summary>
    public FlowEvent FromNative() =>
        TimeStamp is [.. var time, 'Z'] ? this with { TimeStamp = time } : throw new InvalidOperationException($"'{TimeStamp}' is not in UTC as it says");

    public string ToJson() => JsonSerializer.Serialize(this, Plain);

    private static string Address(string pod)
    {
        var hex = Convert.ToHexStringLower(Hash(pod));
        return $"fd00:{hex[..4]}:{hex[4..8]}:{hex[8..12]}:{hex[12..16]}::1";
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
