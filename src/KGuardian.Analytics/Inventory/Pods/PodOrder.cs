namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>The orders of a directory's indexes. In each no two pods are equal.</summary>
internal static class PodOrder
{
    /// <summary>By namespace, then name.</summary>
    public static readonly Comparer<PodState> Key = Comparer<PodState>.Create(CompareKeys);

    /// <summary>By name; of one name those alive first, then the newest.</summary>
    public static readonly Comparer<PodState> Name = Comparer<PodState>.Create((one, other) =>
        string.CompareOrdinal(one.Name, other.Name) is not 0 and var names ? names : CompareRanks(one, other));

    /// <summary>By address; of one address those alive first, then the newest.</summary>
    public static readonly Comparer<PodState> Address = Comparer<PodState>.Create((one, other) =>
        string.CompareOrdinal(one.Ip, other.Ip) is not 0 and var addresses ? addresses : CompareRanks(one, other));

    /// <summary>By node, then namespace and name.</summary>
    public static readonly Comparer<PodState> Node = Comparer<PodState>.Create((one, other) =>
        string.CompareOrdinal(one.Node, other.Node) is not 0 and var nodes ? nodes : CompareKeys(one, other));

    /// <summary>By when it ended.</summary>
    public static readonly Comparer<PodState> End = Comparer<PodState>.Create((one, other) =>
        one.RecordedMicros.CompareTo(other.RecordedMicros) is not 0 and var ends ? ends : CompareKeys(one, other));

    private static int CompareKeys(PodState one, PodState other) =>
        string.CompareOrdinal(one.Namespace, other.Namespace) is not 0 and var namespaces ? namespaces : string.CompareOrdinal(one.Name, other.Name);

    /// <summary>Alive before dead, then the later time, then the later state.</summary>
    private static int CompareRanks(PodState one, PodState other) =>
        one.IsDead.CompareTo(other.IsDead) is not 0 and var ends ? ends
        : other.TimeMicros.CompareTo(one.TimeMicros) is not 0 and var times ? times
        : other.Sequence.CompareTo(one.Sequence) is not 0 and var sequences ? sequences
        : CompareKeys(one, other);
}
