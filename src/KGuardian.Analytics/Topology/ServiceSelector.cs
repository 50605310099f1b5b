namespace KGuardian.Analytics.Topology;

/// <summary>What a service selects, as it said last.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Selector">JSON of the labels that it wants; an empty object selects nothing.</param>
internal sealed record ServiceSelector(string Namespace, string Name, string Selector);
