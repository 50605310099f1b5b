using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Topology;

/// <summary>A small cluster of which all is known: two workloads and a service each of one and of both, a caller, a pod of the host's network.</summary>
internal static class TopologyCluster
{
    /// <summary>Posts its pods, services and flows.</summary>
    public static async Task PostAsync(ApiClient api)
    {
        await SpecAsync(api, Pod("web-5d4f-a", "shop", "10.1.0.1", 0, "ReplicaSet", "web-5d4f", ("app", "web"), ("pod-template-hash", "5d4f"), ("tier", "x")));
        await SpecAsync(api, Pod("web-5d4f-b", "shop", "10.1.0.2", 0, "ReplicaSet", "web-5d4f", ("app", "web"), ("pod-template-hash", "5d4f"), ("tier", "y")));
        await SpecAsync(api, Pod("caller-77aa-c", "client", "10.1.0.3", 0, "ReplicaSet", "caller-77aa", ("app", "caller"), ("pod-template-hash", "77aa")));
        await SpecAsync(api, Pod("db-0", "shop", "10.1.0.4", 0, "StatefulSet", "db", ("app", "db")));
        var ended = Pod("web-5d4f-b", "shop", "10.1.0.2", 1000, "ReplicaSet", "web-5d4f", ("app", "web"), ("pod-template-hash", "5d4f"), ("tier", "y"));
        ended["is_dead"] = true;
        await SpecAsync(api, ended);
        await SpecAsync(api, Pod("db-1", "shop", "10.1.0.2", 2000, "StatefulSet", "db", ("app", "db")));
        var host = Pod("proxy", "kube-system", "192.168.7.2", 0, "DaemonSet", "proxy");
        host["host_network"] = true;
        host["node_name"] = "node-2";
        await SpecAsync(api, host);
        await ServiceAsync(api, "10.96.7.1", "front", new JsonObject { ["app"] = "web" });
        await ServiceAsync(api, "10.96.7.2", "both", []);
        await api.PostBatchAsync(
        [
            // One connection, from both ends, request and reply.
            Flow("caller-77aa-c", "client", "10.1.0.3", "40001", "EGRESS", "10.1.0.1", "8080", 300),
            Flow("caller-77aa-c", "client", "10.1.0.3", "40001", "INGRESS", "10.1.0.1", "8080", 301),
            Flow("web-5d4f-a", "shop", "10.1.0.1", "8080", "INGRESS", "10.1.0.3", "40001", 302),
            Flow("web-5d4f-a", "shop", "10.1.0.1", "8080", "EGRESS", "10.1.0.3", "40001", 303),
            // The same through a service that is these pods'.
            Flow("caller-77aa-c", "client", "10.1.0.3", "40002", "EGRESS", "10.96.7.1", "8080", 304),
            Flow("caller-77aa-c", "client", "10.1.0.3", "40003", "EGRESS", "10.96.7.2", "80", 305),
            // An address before and after it changed hands.
            Flow("caller-77aa-c", "client", "10.1.0.3", "40004", "EGRESS", "10.1.0.2", "9000", 900),
            Flow("caller-77aa-c", "client", "10.1.0.3", "40005", "EGRESS", "10.1.0.2", "9000", 2500),
            Flow("caller-77aa-c", "client", "10.1.0.3", "40006", "EGRESS", "192.168.7.2", "10250", 310),
            Flow("proxy", "kube-system", "192.168.7.2", "40007", "EGRESS", "10.1.0.1", "8080", 311),
            Flow("web-5d4f-a", "shop", "10.1.0.1", "0", "EGRESS", "203.0.113.7", "443", 320),
            Flow("web-5d4f-a", "shop", "10.1.0.1", "0", "EGRESS", "203.0.113.8", "443", 321),
            Flow("web-5d4f-a", "shop", "10.1.0.1", "0", "EGRESS", "10.9.9.9", "443", 322),
        ]);
    }

    /// <summary>Posts a pod that belongs to nothing.</summary>
    public static Task BarePodAsync(ApiClient api, string name, string space, string ip, bool isDead, string time)
    {
        var detail = Pods.Detail(name, space, ip, "node-1", isDead, time);
        detail["pod_obj"] = new JsonObject { ["metadata"] = new JsonObject { ["creationTimestamp"] = $"{time[..19]}Z" } };
        return SpecAsync(api, detail);
    }

    /// <summary>A moment of 2026-07-01, so many microseconds into it.</summary>
    public static string TimeOf(int micros) => new DateTime(2026, 7, 1, 0, 0, 0, DateTimeKind.Utc).AddMicroseconds(micros)
        .ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private static JsonObject Pod(
        string name, string space, string ip, int time, string kind, string owner, params (string Key, string Value)[] labels)
    {
        var detail = Pods.Detail(name, space, ip, "node-1", time: Pods.Time(time));
        detail["pod_obj"] = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["creationTimestamp"] = $"{Pods.Time(time - 60)[..19]}Z",
                ["labels"] = new JsonObject(labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value))),
                ["ownerReferences"] = new JsonArray(new JsonObject { ["kind"] = kind, ["name"] = owner, ["controller"] = true }),
            },
        };
        return detail;
    }

    private static FlowEvent Flow(
        string pod, string space, string ip, string port, string direction, string peer, string peerPort, int seconds) => FlowEvent.Of(pod, seconds) with
        {
            PodNamespace = space,
            PodIp = ip,
            PodPort = port,
            TrafficType = direction,
            TrafficInOutIp = peer,
            TrafficInOutPort = peerPort,
            IpProtocol = "TCP",
            Decision = "ALLOW",
            TimeStamp = Pods.Time(seconds),
        };

    private static Task ServiceAsync(ApiClient api, string ip, string name, JsonObject selector)
    {
        var service = Pods.Service(ip, name, "shop", Pods.Time(0));
        service["service_spec"]!["spec"]!["selector"] = selector;
        return PostAsync(api, "/svc/spec", service);
    }

    /// <summary>Posts a pod.</summary>
    public static Task SpecAsync(ApiClient api, JsonNode pod) => PostAsync(api, "/pod/spec", pod);

    private static async Task PostAsync(ApiClient api, string path, JsonNode body)
    {
        using var response = await ApiClient.PatientlyAsync(() => api.PostAsync(path, body.ToJsonString()));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
