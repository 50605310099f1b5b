using System.Text.Json;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>What is known of an event's pod, by the names that labels have.</summary>
internal static class EventLabels
{
    private const string PodLabel = "kubernetes.pod.label.";

    /// <summary>Names of the workload by its kind.</summary>
    private static readonly Dictionary<string, string> OfKind = new()
    {
        ["CronJob"] = "kubernetes.cronJob.name",
        ["DaemonSet"] = "kubernetes.daemonSet.name",
        ["Deployment"] = "kubernetes.deployment.name",
        ["Job"] = "kubernetes.job.name",
        ["ReplicaSet"] = "kubernetes.replicaSet.name",
        ["StatefulSet"] = "kubernetes.statefulSet.name",
    };

    /// <summary>The labels; those that are not known are not there.</summary>
    /// <param name="space">The pod's namespace.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="names">What the inventory knows of it.</param>
    /// <param name="cluster">The cluster's name; null when none is configured.</param>
    public static SortedDictionary<string, string> Of(string? space, string? pod, ActivityNames names, string? cluster)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Add("kubernetes.cluster.name", cluster);
        Add("kubernetes.namespace.name", space);
        Add("kubernetes.pod.name", pod);
        Add("kubernetes.node.name", names.Node);
        Add("host.hostName", names.Node);
        Add("kubernetes.workload.name", names.Workload);
        Add("kubernetes.workload.type", names.WorkloadKind);
        if (names.WorkloadKind is { } kind && OfKind.TryGetValue(kind, out var name))
        {
            Add(name, names.Workload);
        }

        Add("kubernetes.service.name", names.PeerService ?? names.Service);
        if (names.Labels is { } pods)
        {
            foreach (var (key, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(pods)!)
            {
                labels[PodLabel + key] = value;
            }
        }

        return labels;

        void Add(string label, string? value)
        {
            if (!string.IsNullOrEmpty(value))
            {
                labels[label] = value;
            }
        }
    }
}
