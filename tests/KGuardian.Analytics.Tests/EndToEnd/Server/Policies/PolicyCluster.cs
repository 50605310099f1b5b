using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Policies;

/// <summary>
/// A server that knows a small cluster: a client, a web behind a service, a database whose address another pod had before, the outside; replies and both
/// ends' reports among the flows.
/// </summary>
public sealed class PolicyCluster : IAsyncLifetime
{
    internal const string Window = "from=2026-05-12&to=2026-05-13";

    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    internal ApiClient Api => _server.Api;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync();
        await PostAsync("/pod/spec", Pod("client-0", "10.0.0.5", "client").ToJsonString());
        await PostAsync("/pod/spec", Pod("web-0", "10.0.0.6", "web").ToJsonString());
        await PostAsync("/pod/spec", Pod("old-0", "10.0.0.7", "old", until: 1000).ToJsonString());
        await PostAsync("/pod/spec", Pod("db-0", "10.0.0.7", "db", begin: 2000).ToJsonString());
        var service = Pods.Service("10.96.0.10", "front", time: Pods.Time(0));
        service["service_spec"] = JsonNode.Parse(
            """{"spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": "http", "protocol": "TCP"}]}}""");
        await PostAsync("/svc/spec", service.ToJsonString());
        await Api.PostBatchAsync(
        [
            Flow("client-0", "10.0.0.5", "0", "EGRESS", "10.96.0.10", "80", 100),
            Flow("web-0", "10.0.0.6", "8080", "INGRESS", "10.0.0.5", "0", 101),
            // The client's report of the reply to the connection before.
            Flow("client-0", "10.0.0.5", "40123", "INGRESS", "10.0.0.6", "8080", 102),
            Flow("web-0", "10.0.0.6", "0", "EGRESS", "10.0.0.7", "5432", 500),
            Flow("web-0", "10.0.0.6", "0", "EGRESS", "10.0.0.7", "5433", 3000),
            Flow("web-0", "10.0.0.6", "8080", "INGRESS", "203.0.113.9", "0", 600),
            Flow("web-0", "10.0.0.6", "22", "INGRESS", "203.0.113.10", "0", 601, "DROP"),
        ]);
        await Patience.UntilAsync(async () =>
            (await Api.GetTextAsync($"/api/v1/flows?{Window}&filter={Uri.EscapeDataString("peer_workload in (old, db) or peer_service = front")}"))
                .Split("time_stamp").Length == 4);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static JsonObject Pod(string name, string ip, string workload, int begin = 0, int? until = null)
    {
        var detail = Pods.Detail(name, "shop", ip, "node-1", time: Pods.Time(begin));
        detail["pod_obj"] = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["creationTimestamp"] = $"{Pods.Time(begin)[..19]}Z",
                ["labels"] = new JsonObject { ["app"] = workload },
                ["ownerReferences"] = new JsonArray(new JsonObject { ["kind"] = "StatefulSet", ["name"] = workload, ["controller"] = true }),
            },
            ["spec"] = JsonNode.Parse("""{"containers": [{"name": "main", "image": "x", "ports": [{"name": "http", "containerPort": 8080}]}]}"""),
        };
        return detail;
    }

    private static FlowEvent Flow(
        string pod, string ip, string port, string direction, string peer, string peerPort, int seconds, string decision = "ALLOW") =>
        FlowEvent.Of(pod, seconds) with
        {
            PodNamespace = "shop",
            PodIp = ip,
            PodPort = port,
            TrafficType = direction,
            TrafficInOutIp = peer,
            TrafficInOutPort = peerPort,
            IpProtocol = "TCP",
            Decision = decision,
            TimeStamp = Pods.Time(seconds),
        };

    internal async Task<string> PostAsync(string path, string body)
    {
        using var answer = await ApiClient.PatientlyAsync(() => Api.PostAsync(path, body));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {text}");
        return text;
    }
}
