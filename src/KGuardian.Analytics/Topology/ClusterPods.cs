using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Topology;

/// <summary>The pods that were there within a window: those with an address then, and those of the host's network.</summary>
internal sealed class ClusterPods(NameSpans names)
{
    /// <summary>Labels that controllers give to tell a workload's own pods apart: they say nothing about the workload.</summary>
    private static readonly HashSet<string> OfControllers =
        ["pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"];

    /// <summary>Each as it was: several times where it changed.</summary>
    public IReadOnlyList<EdgeEnd> All { get; } = [.. names.Pods.Concat(names.PodsOnHost)];

    /// <summary>Whether the inventory knows a pod.</summary>
    public bool Has(ReporterName pod) => names.HasPod(pod.Namespace, pod.Name);

    /// <summary>What all of some pods have in common, as sorted <c>key=value</c>, without what controllers add.</summary>
    public static IReadOnlyList<string> CommonLabels(IEnumerable<EdgeEnd> pods)
    {
        HashSet<string>? common = null;
        foreach (var labels in pods.Select(pod => pod.Labels).Distinct())
        {
            var own = (labels ?? new Dictionary<string, string>()).Where(label => !OfControllers.Contains(label.Key))
                .Select(label => $"{label.Key}={label.Value}");
            if (common is null)
            {
                common = [.. own];
            }
            else
            {
                common.IntersectWith(own);
            }
        }

        return [.. (common ?? []).Order(StringComparer.Ordinal)];
    }
}
