using System.Text.Json;

namespace KGuardian.Analytics.Server.Api.SecureEvents;

/// <summary>What is known of a pod, by the names that documents of events have for it.</summary>
internal static class KubernetesLabels
{
    private static readonly Dictionary<string, string> FieldOfKind = new()
    {
        ["CronJob"] = "cronJob", ["DaemonSet"] = "daemonSet", ["Deployment"] = "deployment", ["Job"] = "job", ["ReplicaSet"] = "replicaSet",
        ["StatefulSet"] = "statefulSet",
    };

    /// <summary>The names and values of what is known.</summary>
    public static IEnumerable<(string Name, string Value)> Of(
        string? cluster, string? space, string? pod, string? workload, string? kind, string? node, string? service, string? labels)
    {
        (string Name, string? Value)[] named =
        [
            ("kubernetes.cluster.name", cluster), ("kubernetes.namespace.name", space), ("kubernetes.pod.name", pod), ("kubernetes.workload.name", workload),
            ("kubernetes.workload.type", kind), (kind is not null && FieldOfKind.TryGetValue(kind, out var field) ? $"kubernetes.{field}.name" : "", workload),
            ("kubernetes.node.name", node), ("host.hostName", node), ("kubernetes.service.name", service),
        ];
        return named.Where(label => label.Name.Length > 0 && !string.IsNullOrEmpty(label.Value)).Select(label => (label.Name, label.Value!))
            .Concat(PodLabels(labels));
    }

    private static IEnumerable<(string Name, string Value)> PodLabels(string? labels) =>
        string.IsNullOrEmpty(labels) ? []
            : JsonSerializer.Deserialize<Dictionary<string, string>>(labels)!.OrderBy(label => label.Key, StringComparer.Ordinal)
                .Select(label => ($"kubernetes.pod.label.{label.Key}", label.Value));
}
