using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>
/// A known flow in a file: 96 bits of its key and its arrival day, in the files' order. By chance a new flow among n known ones is taken for one of them once
/// in 2^96 / n: with a billion known ones, once in 8 x 10^19 flows.
/// </summary>
/// <param name="Lo">The low half of the key.</param>
/// <param name="Tail">The upper half of its high half.</param>
/// <param name="Day">Arrival day, in days since 1970.</param>
internal readonly record struct KeyEntry(ulong Lo, uint Tail, ushort Day) : IComparable<KeyEntry>
{
    public KeyEntry(FlowKey key, ushort day)
        : this(key.Lo, (uint)(key.Hi >> 32), day)
    {
    }

    /// <summary>Whether both are of one flow.</summary>
    public bool IsSameFlow(KeyEntry other) => Lo == other.Lo && Tail == other.Tail;

    /// <summary>By key; the day does not count.</summary>
    public int CompareTo(KeyEntry other) => Lo != other.Lo ? Lo.CompareTo(other.Lo) : Tail.CompareTo(other.Tail);
}
