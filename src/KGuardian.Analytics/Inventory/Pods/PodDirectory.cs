using System.Collections.Immutable;
using KGuardian.Analytics.Inventory.States;

namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>
/// The present state of every pod, found by key, name, address and node. Immutable, and changed in logarithmic time: an answer of all pods goes on
/// over the directory that it began with.
/// </summary>
internal sealed class PodDirectory : IStateDirectory<PodDirectory, PodState>
{
    private readonly PodIndexes _indexes;
    private readonly long _maxBytes;

    private PodDirectory(PodIndexes indexes, long maxBytes)
    {
        _indexes = indexes;
        _maxBytes = maxBytes;
    }

    /// <summary>Pods by namespace, then name.</summary>
    public IReadOnlyList<PodState> All => _indexes.ByKey;

    /// <summary>How many of them have ended.</summary>
    public int DeadCount => _indexes.Dead.Count;

    /// <summary>Memory that they take, nearly.</summary>
    public long Bytes => _indexes.Bytes;

    /// <summary>Dead pods that were forgotten since the start for want of room.</summary>
    public long Forgotten => _indexes.Forgotten;

    /// <summary>Says what is in it: two directories of the same states have the same, on every server.</summary>
    public UInt128 Fingerprint => _indexes.Fingerprint;

    /// <summary>A directory of nothing.</summary>
    /// <param name="maxBytes">Memory that pods may take: beyond it those that ended first are forgotten.</param>
    public static PodDirectory Empty(long maxBytes) => new(PodIndexes.Empty, maxBytes);

    /// <summary>Whether a pod that takes so much finds room when the dead make it.</summary>
    public bool HasRoomFor(int bytes) => Bytes - _indexes.DeadBytes + bytes <= _maxBytes;

    /// <summary>The pod of a namespace and name; null when it is not known.</summary>
    public PodState? Find(string podNamespace, string name) =>
        _indexes.ByKey.TryGetValue(new PodState { Namespace = podNamespace, Name = name }, out var pod) ? pod : null;

    /// <summary>The pods of a name, in every namespace: those alive first, then the newest.</summary>
    public IEnumerable<PodState> Named(string name) =>
        From(_indexes.ByName, new PodState { Name = name, TimeMicros = long.MaxValue }).TakeWhile(pod => pod.Name == name);

    /// <summary>The pods that have or had an address: those alive first, then the newest.</summary>
    public IEnumerable<PodState> At(string ip) =>
        From(_indexes.ByAddress, new PodState { Ip = ip, TimeMicros = long.MaxValue }).TakeWhile(pod => pod.Ip == ip);

    /// <summary>The pods of a node that are alive, by namespace and name.</summary>
    public IEnumerable<PodState> OnNode(string node) => From(_indexes.ByNode, new PodState { Node = node }).TakeWhile(pod => pod.Node == node);

    /// <inheritdoc/>
    public PodDirectory With(IReadOnlyCollection<PodState> states)
    {
        var indexes = _indexes.ToBuilder();
        foreach (var state in states)
        {
            if (!indexes.TryGetKnown(state, out var known))
            {
                indexes.Add(state);
            }
            else if (known.Sequence < state.Sequence)
            {
                indexes.Remove(known);
                indexes.Add(state);
            }
        }

        indexes.ForgetDeadWhile((_, bytes) => bytes > _maxBytes, isForWantOfRoom: true);
        return new PodDirectory(indexes.ToIndexes(), _maxBytes);
    }

    /// <inheritdoc/>
    public PodDirectory WithoutEndedBefore(long micros)
    {
        var indexes = _indexes.ToBuilder();
        indexes.ForgetDeadWhile((dead, _) => dead.RecordedMicros < micros, isForWantOfRoom: false);
        return new PodDirectory(indexes.ToIndexes(), _maxBytes);
    }

    /// <summary>What is in an index from a pod on that comes before those looked for, and is not in it.</summary>
    private static IEnumerable<PodState> From(ImmutableSortedSet<PodState> index, PodState probe)
    {
        for (var at = ~index.IndexOf(probe); at < index.Count; at++)
        {
            yield return index[at];
        }
    }
}
