using System.Text.Json;

namespace KGuardian.Analytics.Topology;

/// <summary>All that is known of names, as of one moment: who had an address when, and what pods belonged to. Immutable.</summary>
internal sealed class NameCatalog
{
    /// <summary>Labels that controllers give to tell a workload's own pods apart: they say nothing about the workload.</summary>
    private static readonly HashSet<string> OfControllers =
        ["pod-template-hash", "controller-revision-hash", "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"];

    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _labels = new(StringComparer.Ordinal);

    /// <summary>A catalog of what was read.</summary>
    public NameCatalog(IReadOnlyList<NameSpan> spans, IReadOnlyList<ServiceSelector> selectors, IEnumerable<string> onHost)
    {
        (Spans, OnHost) = (spans, onHost.ToHashSet(StringComparer.Ordinal));
        Selectors = selectors.ToDictionary(
            service => (service.Namespace, service.Name), service => (IReadOnlyDictionary<string, string>)LabelsOf(service.Selector));
        Pods = spans.Where(span => span.Subject == "pod").Select(span => (span.Namespace, span.Name)).ToHashSet();
        foreach (var text in spans.Select(span => span.Labels).Distinct(StringComparer.Ordinal))
        {
            _labels[text] = LabelsOf(text);
        }
    }

    /// <summary>Every span, by subject, key and begin.</summary>
    public IReadOnlyList<NameSpan> Spans { get; }

    /// <summary>Every pod of which anything is known.</summary>
    public IReadOnlySet<(string Namespace, string Name)> Pods { get; }

    /// <summary>Pods, as namespace/name, that use their node's network.</summary>
    public IReadOnlySet<string> OnHost { get; }

    /// <summary>The labels that services select by.</summary>
    public IReadOnlyDictionary<(string Namespace, string Name), IReadOnlyDictionary<string, string>> Selectors { get; }

    /// <summary>Every key of a pod's label, sorted.</summary>
    public IReadOnlyList<string> LabelKeys => [.. _labels.Values.SelectMany(labels => labels.Keys).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The labels of a span.</summary>
    public IReadOnlyDictionary<string, string> Labels(NameSpan span) => _labels[span.Labels];

    /// <summary>
    /// Pods that were there at some time of a window: those with an address then, and those of the host's network, whose address is their node's.
    /// </summary>
    public IEnumerable<NameSpan> PodsBetween(long from, long to) => Spans.Where(span =>
        span.Type == "POD" && span.Overlaps(from, to) && (span.Subject == "address" || OnHost.Contains(span.Key)));

    /// <summary>What all of some pods have in common, as sorted <c>key=value</c>, without what controllers add.</summary>
    public IReadOnlyList<string> CommonLabels(IEnumerable<NameSpan> pods)
    {
        HashSet<string>? common = null;
        foreach (var text in pods.Select(pod => pod.Labels).Distinct(StringComparer.Ordinal))
        {
            var own = _labels[text].Where(label => !OfControllers.Contains(label.Key)).Select(label => $"{label.Key}={label.Value}");
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

    /// <summary>Whether labels are what a selector wants.</summary>
    public static bool Selects(IReadOnlyDictionary<string, string> selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Count > 0 && selector.All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value);

    private static Dictionary<string, string> LabelsOf(string json) =>
        json.Length == 0 ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;
}
