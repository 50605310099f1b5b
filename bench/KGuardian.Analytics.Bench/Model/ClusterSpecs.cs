using System.Text;

namespace KGuardian.Analytics.Bench.Model;

/// <summary>
/// Pods and services of a made-up cluster as agents post them: what is kept of a pod has some 1.6 KB, as in a cluster of 43,000 pods whose
/// <c>/pod/info</c> has 72 MB; four times as much of its manifest is dropped.
/// </summary>
internal static class ClusterSpecs
{
    /// <summary>Pods of a node.</summary>
    private const int PodsPerNode = 100;

    private static readonly string Dropped =
        $$"""{"containers":[{"name":"app","image":"registry.example/app:1.2.3","env":[{{Variables()}}]}],"serviceAccountName":"app"}""";

    private static readonly string Status =
        $$"""{"phase":"Running","conditions":[{{Conditions()}}]}""";

    /// <summary>A pod's name.</summary>
    public static string Name(int pod) => $"app-{pod % 400}-5d4f8b9c7-{pod:x5}";

    /// <summary>A pod's address.</summary>
    public static string Ip(int pod) => $"10.{pod >> 16}.{(pod >> 8) & 255}.{pod & 255}";

    /// <summary>A service's address.</summary>
    public static string ServiceIp(int service) => $"10.96.{service >> 8}.{service & 255}";

    /// <summary>The request that posts a pod; another turn is another state of it.</summary>
    public static byte[] Pod(Uri server, int pod, int turn)
    {
        var space = $"namespace-{pod % 50}";
        var labels = string.Join(',', Enumerable.Range(0, 12).Select(i => $$"""
            "app.kubernetes.io/label-{{i}}":"value-{{pod % 400}}-{{i}}"
            """));
        var annotations = string.Join(',', Enumerable.Range(0, 9).Select(i => $$"""
            "example.com/annotation-{{i}}":"a-longer-value-of-an-annotation-{{pod}}-{{i}}"
            """));
        return Post(server, "/pod/spec", $$"""
            {"pod_name":"{{Name(pod)}}","pod_ip":"{{Ip(pod)}}","pod_namespace":"{{space}}","pod_obj":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{Name(pod)}}","namespace":"{{space}}",
            "uid":"{{pod:x8}}-0000-4000-8000-{{turn:x12}}","labels":{ {{labels}} },"annotations":{ {{annotations}} },"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet",
            "name":"app-{{pod % 400}}-5d4f8b9c7","uid":"00000000-0000-4000-8000-000000000000","controller":true}] },"spec":{{Dropped}},"status":{{Status}}},"time_stamp":"2026-05-12T10:32:14.123456",
            "node_name":"node-{{pod / PodsPerNode}}","is_dead":false,"pod_identity":"app-{{pod % 400}}","workload_selector_labels":{"app":"app-{{pod % 400}}"} }
            """);
    }

    /// <summary>The request that posts a service.</summary>
    public static byte[] Service(Uri server, int service) => Post(server, "/svc/spec", $$"""
        {"svc_ip":"{{ServiceIp(service)}}","svc_name":"service-{{service}}","svc_namespace":"namespace-{{service % 50}}","service_spec":{"metadata":{"name":"service-{{service}}"},
        "spec":{"selector":{"app":"app-{{service % 400}}"},"ports":[{"port":80,"targetPort":8080,"protocol":"TCP"}]} },"time_stamp":"2026-05-12T10:32:14.123456"}
        """);

    private static byte[] Post(Uri server, string path, string body) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    private static string Variables() =>
        string.Join(',', Enumerable.Range(0, 60).Select(i => $$"""{"name":"VARIABLE_{{i}}","value":"value-{{i}}"}"""));

    private static string Conditions() => string.Join(',', Enumerable.Range(0, 30).Select(i =>
        $$"""{"type":"Condition{{i}}","status":"True","lastTransitionTime":"2026-05-12T10:32:14Z"}"""));
}
