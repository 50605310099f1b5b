namespace KGuardian.Analytics.Inventory.History;

/// <summary>Whose an address was, from when to when. Nobody's it was in between.</summary>
/// <param name="From">Microseconds since 1970.</param>
/// <param name="To">Microseconds since 1970, not part of it; null while it is so.</param>
/// <param name="Type"><c>POD</c>, <c>SERVICE</c> or <c>NODE</c>.</param>
/// <param name="Namespace">Its namespace; empty for a node.</param>
/// <param name="Name">Its name.</param>
/// <param name="Node">Where it ran; empty where that is not known.</param>
/// <param name="WorkloadKind">Kind of what it belonged to; empty for none.</param>
/// <param name="Workload">Name of what it belonged to; empty for none.</param>
internal sealed record AddressOwner(
    long From, long? To, string Type, string Namespace, string Name, string Node, string WorkloadKind, string Workload);
