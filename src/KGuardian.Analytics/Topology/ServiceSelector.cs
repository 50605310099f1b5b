using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Topology;

/// <summary>What a service selects, as it said last.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Labels">The labels that it wants; none selects nothing.</param>
internal sealed record ServiceSelector(string Namespace, string Name, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>Whether a pod has the labels.</summary>
    public bool Selects(EdgeEnd pod) => Labels.Count > 0 && pod.Labels is { } labels
        && Labels.All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value);
}
