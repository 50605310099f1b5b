using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Audits;

/// <summary>A server that has the sample first, then pods with UIDs and flows of a few of them.</summary>
public sealed class AuditServer : IAsyncLifetime
{
    /// <summary>The UID that shop/shop-0 had before, and the one that it has.</summary>
    public const string OldUid = "5b4c2a8e-54f9-4d36-9a0b-f2a0b7b4b1c1", NewUid = "0d2f7a11-0000-4d36-9a0b-000000000002";

    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    internal ApiClient Api => _server.Api;

    /// <summary>What was answered when there was the sample alone.</summary>
    internal JsonNode[] Sample { get; private set; } = [];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync();
        await Api.PostBatchAsync(RealFlows.Events);
        Sample = await DataAsync("limit=1000");
        await PostPodAsync("shop-0", "shop", "10.244.1.5", OldUid, 0);
        await PostPodAsync("shop-0", "shop", "10.244.1.6", NewUid, 60);
        await PostPodAsync("idle-0", "shop", "10.244.1.7", "0d2f7a11-0000-4d36-9a0b-000000000003", 0);
        await PostPodAsync("twice", "one", "10.244.1.8", "0d2f7a11-0000-4d36-9a0b-000000000004", 0);
        await Api.PostBatchAsync(
        [
            Egress("shop-0", "shop", "10.244.1.5", "203.0.113.1", 30), Egress("shop-0", "shop", "10.244.1.6", "203.0.113.2", 90),
            // A reply, which leaves the server's pod as well; and what has no kind.
            Egress("shop-0", "shop", "10.244.1.6", "203.0.113.3", 91) with { PodPort = "443", TrafficInOutPort = "50000" },
            Egress("shop-0", "shop", "10.244.1.6", "203.0.113.4", 92) with { IpProtocol = "UDP" },
            Egress("shop-0", "shop", "10.244.1.6", "203.0.113.5", 93) with { Decision = "AUDIT" },
            Egress("twice", "two", "10.244.1.9", "203.0.113.6", 10),
            Egress("pinger", "shop", "10.244.1.10", "203.0.113.7", 94) with { IpProtocol = "ICMP", Decision = "ALLOW" },
            .. Enumerable.Range(1, 5).Select(n => Ping("203.0.113.8", n)), .. Enumerable.Range(6, 2).Select(n => Ping("203.0.113.9", n)),
        ]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    internal async Task<JsonNode[]> DataAsync(string query) =>
        [.. JsonNode.Parse(await Api.GetTextAsync($"/v1/audits?{query}"))!["data"]!.AsArray().Select(one => one!)];

    internal static FlowEvent Egress(string pod, string space, string ip, string peer, int second) => FlowEvent.Of(pod, 0) with
    {
        Uuid = Guid.NewGuid().ToString("D"),
        PodNamespace = space,
        PodIp = ip,
        PodPort = "0",
        TrafficType = "egress",
        TrafficInOutIp = peer,
        TrafficInOutPort = "443",
        TimeStamp = Pods.Time(second),
    };

    private static FlowEvent Ping(string peer, int second) =>
        Egress("pinger", "shop", "10.244.1.10", peer, second) with { IpProtocol = second % 2 == 0 ? "ICMPv6" : "1", PodPort = $"{second}", Decision = "drop" };

    private async Task PostPodAsync(string name, string space, string ip, string uid, int second)
    {
        var pod = Pods.Detail(name, space, ip, time: Pods.Time(second));
        pod["pod_obj"]!["metadata"]!["uid"] = uid;
        using var posted = await ApiClient.PatientlyAsync(() => Api.PostAsync("/pod/spec", Pods.Utf8(pod)));
        posted.EnsureSuccessStatusCode();
    }
}
