using System.Collections.Immutable;

namespace KGuardian.Analytics.Inventory.Pods;

/// <summary>Every pod in several orders, and what they add up to.</summary>
/// <param name="ByKey">By namespace and name.</param>
/// <param name="ByName">By name.</param>
/// <param name="ByAddress">By address.</param>
/// <param name="ByNode">Those alive, by node.</param>
/// <param name="Dead">Those that ended, by when.</param>
/// <param name="Bytes">Memory that all take.</param>
/// <param name="DeadBytes">Memory that the dead take.</param>
/// <param name="Forgotten">Dead ones that there was no room for.</param>
/// <param name="Fingerprint">The sum of what tells states apart, which has no order.</param>
internal sealed record PodIndexes(
    ImmutableSortedSet<PodState> ByKey, ImmutableSortedSet<PodState> ByName,
    ImmutableSortedSet<PodState> ByAddress, ImmutableSortedSet<PodState> ByNode,
    ImmutableSortedSet<PodState> Dead, long Bytes, long DeadBytes, long Forgotten, UInt128 Fingerprint)
{
    /// <summary>No pods.</summary>
    public static readonly PodIndexes Empty = new(
        In(PodOrder.Key), In(PodOrder.Name), In(PodOrder.Address), In(PodOrder.Node), In(PodOrder.End), 0, 0, 0, 0);

    /// <summary>What changes them.</summary>
    public Builder ToBuilder() => new(this);

    private static ImmutableSortedSet<PodState> In(Comparer<PodState> order) => ImmutableSortedSet<PodState>.Empty.WithComparer(order);

    /// <summary>Changes pods in all orders at once.</summary>
    internal sealed class Builder(PodIndexes from)
    {
        private readonly ImmutableSortedSet<PodState>.Builder _byKey = from.ByKey.ToBuilder();
        private readonly ImmutableSortedSet<PodState>.Builder _byName = from.ByName.ToBuilder();
        private readonly ImmutableSortedSet<PodState>.Builder _byAddress = from.ByAddress.ToBuilder();
        private readonly ImmutableSortedSet<PodState>.Builder _byNode = from.ByNode.ToBuilder();
        private readonly ImmutableSortedSet<PodState>.Builder _dead = from.Dead.ToBuilder();
        private long _bytes = from.Bytes;
        private long _deadBytes = from.DeadBytes;
        private long _forgotten = from.Forgotten;
        private UInt128 _fingerprint = from.Fingerprint;

        /// <summary>The state that there is of a pod.</summary>
        public bool TryGetKnown(PodState state, out PodState known) => _byKey.TryGetValue(state, out known);

        /// <summary>Adds a pod that is not there.</summary>
        public void Add(PodState pod)
        {
            _byKey.Add(pod);
            _byName.Add(pod);
            _byAddress.Add(pod);
            (pod.IsDead ? _dead : _byNode).Add(pod);
            _bytes += pod.Bytes;
            _deadBytes += pod.IsDead ? pod.Bytes : 0;
            _fingerprint = unchecked(_fingerprint + FingerprintOf(pod));
        }

        /// <summary>Removes a pod, as it is there.</summary>
        public void Remove(PodState pod)
        {
            _byKey.Remove(pod);
            _byName.Remove(pod);
            _byAddress.Remove(pod);
            (pod.IsDead ? _dead : _byNode).Remove(pod);
            _bytes -= pod.Bytes;
            _deadBytes -= pod.IsDead ? pod.Bytes : 0;
            _fingerprint = unchecked(_fingerprint - FingerprintOf(pod));
        }

        /// <summary>Removes the pod that ended first, again and again while it is to go, given what all take.</summary>
        public void ForgetDeadWhile(Func<PodState, long, bool> goes, bool isForWantOfRoom)
        {
            while (_dead.Min is { } first && goes(first, _bytes))
            {
                Remove(first);
                _forgotten += isForWantOfRoom ? 1 : 0;
            }
        }

        /// <summary>The indexes as they are now.</summary>
        public PodIndexes ToIndexes() => new(
            _byKey.ToImmutable(), _byName.ToImmutable(), _byAddress.ToImmutable(), _byNode.ToImmutable(),
            _dead.ToImmutable(), _bytes, _deadBytes, _forgotten, _fingerprint);

        /// <summary>A state's number, spread over 128 bits: sums of different states differ.</summary>
        private static UInt128 FingerprintOf(PodState pod)
        {
            var x = unchecked((UInt128)(ulong)pod.Sequence * new UInt128(0x9E37_79B9_7F4A_7C15, 0xF39C_C060_5CED_C835));
            x ^= x >> 61;
            return unchecked(x * new UInt128(0xD6E8_FEB8_6659_FD93, 0xA5A3_5C6D_1F2B_8E4F));
        }
    }
}
