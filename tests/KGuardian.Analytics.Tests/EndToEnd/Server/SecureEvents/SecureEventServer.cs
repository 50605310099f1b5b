using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents;

/// <summary>A server that has the sample, of which 27 flows were dropped, and a verdict that would deny.</summary>
public sealed class SecureEventServer : IAsyncLifetime
{
    /// <summary>The window that holds all of the sample, and its ends.</summary>
    public const string Window = "from=1708011862000000000&to=1708011873000000000";

    public const string Root = "/api/v1/secureEvents";

    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    internal ApiClient Api => _server.Api;

    /// <summary>The sample's dropped flows.</summary>
    internal static FlowEvent[] Dropped { get; } = [.. RealFlows.Rows.Where(flow => flow.Decision == "DROP")];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync(("KGUARDIAN_TOPOLOGY__CLUSTERNAME", "prod"));
        var pod = Pods.Detail("prometheus-k8s-1", "openshift-monitoring", "10.131.0.22", time: "2024-02-01T00:00:00.000000");
        using var stored = await ApiClient.PatientlyAsync(() => Api.PostAsync("/pod/spec", Pods.Utf8(pod)));
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        await _store.SqlAsync("""
            INSERT INTO kguardian.audit_verdicts (id, policy_uid, policy_namespace, policy_name, direction, src_namespace, src_pod, dst_namespace, dst_pod,
                dst_port, protocol, reason, observed_at, verdict)
            SELECT 512 * 864000000 * dateDiff('day', toDate('2026-01-01'), today()), 'uid-1', 'shop', 'deny-all', 'Ingress', 'web', 'web-1', 'shop', 'shop-1',
                8080, 'TCP', 'no rule allows it',
                '2024-02-15 15:44:25.000001', 'WouldDeny'
            """);
        await Api.PostBatchAsync(RealFlows.Events);
        // Who the pod was is found out behind its post.
        await Patience.UntilAsync(async () => (await PageAsync($"{Window}&{Filter("kubernetes.node.name = node-1")}")).Events.Length > 0);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    /// <summary>An answer below the root.</summary>
    internal async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Api.GetTextAsync($"{Root}{path}"))!;

    /// <summary>A page of events.</summary>
    internal async Task<(JsonNode Page, JsonNode[] Events)> PageAsync(string query)
    {
        var answer = await GetAsync($"?{query}");
        return (answer["page"]!, [.. answer["data"]!.AsArray().Select(found => found!)]);
    }

    /// <summary>The message of an answer that is to be an error.</summary>
    internal async Task<string> ErrorAsync(string path, HttpStatusCode status)
    {
        using var answer = await ApiClient.PatientlyAsync(() => Api.GetAsync(PathOf(path)));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{path}: {answer.StatusCode}: {text}");
        var error = JsonNode.Parse(text)!;
        Assert.Equal((int)status, error["status"]!.GetValue<int>());
        return error["message"]!.GetValue<string>();
    }

    /// <summary>A path below the root, or one of another root.</summary>
    internal static string PathOf(string path) => path.StartsWith("/api", StringComparison.Ordinal) ? path : $"{Root}{path}";

    internal static string Id(JsonNode found) => found["id"]!.GetValue<string>();

    internal static long Time(JsonNode found) => found["timestamp"]!.GetValue<long>();

    internal static string Cursor(JsonNode page, string name) => page[name]!.GetValue<string>();

    /// <summary>A filter, as a query has it.</summary>
    internal static string Filter(string text) => $"filter={Uri.EscapeDataString(text)}";

    /// <summary>Nanoseconds of a flow's time.</summary>
    internal static long Nanoseconds(FlowEvent flow) =>
        (DateTime.ParseExact(flow.TimeStamp!, "yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal
            | DateTimeStyles.AdjustToUniversal) - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
