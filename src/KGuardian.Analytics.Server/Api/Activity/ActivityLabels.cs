using System.Text.Json;
using KGuardian.Analytics.Query.Activity;

namespace KGuardian.Analytics.Server.Api.Activity;

/// <summary>What is known of an event's pod, by the names that labels have.</summary>
internal static class ActivityLabels
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
    /// <param name="one">The event.</param>
    /// <param name="cluster">The cluster's name; null when none is configured.</param>
    public static SortedDictionary<string, string> Of(ActivityEvent one, string? cluster)
    {
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var names = one.Names;
        Add("kubernetes.cluster.name", cluster);
        Add("kubernetes.namespace.name", one.Row.PodNamespace);
        Add("kubernetes.pod.name", one.Row.PodName);
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
