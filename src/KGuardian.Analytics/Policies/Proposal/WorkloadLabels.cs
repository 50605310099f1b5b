using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>The labels that workloads' pods were seen with, and the selectors that tell workloads apart by them.</summary>
internal sealed class WorkloadLabels
{
    // What controllers write: another value for each pod or revision.
    private static readonly HashSet<string> Volatile = new(StringComparer.Ordinal)
    {
        "pod-template-hash", "controller-revision-hash", "pod-template-generation", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index",
        "job-name", "controller-uid", "batch.kubernetes.io/job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-completion-index",
    };

    // What people call workloads by, in the order of https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels and older customs.
    private static readonly string[] Preferred =
    [
        "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component", "app", "k8s-app", "name", "component", "tier", "role",
    ];

    private readonly Dictionary<EdgeOwner, List<IReadOnlyDictionary<string, string>>> _labels = [];
    private readonly HashSet<(EdgeOwner, string)> _seen = [];
    private readonly Dictionary<EdgeOwner, LabelSelector> _selectors = [];

    /// <summary>Workloads of a namespace with known labels, in their order.</summary>
    public IEnumerable<EdgeOwner> In(string podNamespace) => _labels.Keys.Where(owner => owner.Namespace == podNamespace).Order();

    /// <summary>Takes a pod as it was. Pods without known labels are passed over.</summary>
    public void Add(EdgeEnd pod)
    {
        if (pod.Labels is not { } labels)
        {
            return;
        }

        var owner = EdgeOwner.Of(pod);
        if (!_seen.Add((owner, string.Join('\n', labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}")))))
        {
            return;
        }

        if (!_labels.TryGetValue(owner, out var all))
        {
            _labels[owner] = all = [];
        }

        all.Add(labels);
    }

    /// <summary>A selector of all of a workload's pods, and of as few others as labels allow; null when its labels are not known.</summary>
    public LabelSelector? SelectorOf(EdgeOwner owner)
    {
        if (!_labels.TryGetValue(owner, out var own))
        {
            return null;
        }

        return _selectors.TryGetValue(owner, out var known) ? known : _selectors[owner] = Choose(owner, own);
    }

    /// <summary>The workloads of a namespace that have pods which a selector selects.</summary>
    public IEnumerable<EdgeOwner> SelectedBy(LabelSelector selector, string podNamespace) =>
        In(podNamespace).Where(owner => _labels[owner].Exists(selector.Matches));

    private LabelSelector Choose(EdgeOwner owner, List<IReadOnlyDictionary<string, string>> own)
    {
        var common = own[0].Where(label => !Volatile.Contains(label.Key) && LabelText.IsLabel(label.Key, label.Value)
                && own.TrueForAll(labels => labels.GetValueOrDefault(label.Key) == label.Value))
            .OrderBy(label => Array.IndexOf(Preferred, label.Key) is >= 0 and var rank ? rank : Preferred.Length)
            .ThenBy(label => label.Key, StringComparer.Ordinal).ToList();
        var others = _labels.Where(other => other.Key.Namespace == owner.Namespace && other.Key != owner).SelectMany(other => other.Value).ToList();
        var chosen = new List<KeyValuePair<string, string>>();
        while (common.Count > 0 && (chosen.Count == 0 || others.Count > 0))
        {
            var best = common.MaxBy(label => others.Count(other => other.GetValueOrDefault(label.Key) != label.Value));
            var left = others.FindAll(other => other.GetValueOrDefault(best.Key) == best.Value);
            if (left.Count == others.Count && chosen.Count > 0)
            {
                break;
            }

            chosen.Add(best);
            common.Remove(best);
            others = left;
        }

        return new LabelSelector(
            [.. chosen.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => new LabelRequirement(label.Key, LabelOperator.In, [label.Value]))]);
    }
}
