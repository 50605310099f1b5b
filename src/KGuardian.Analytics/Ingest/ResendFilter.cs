using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KGuardian.Analytics.Ingest;

/// <summary>
/// Tells resends from observations: an agent that did not get its answer posts the same events again, with their uuids and times. Remembers the events of a while, in
/// buckets of eight 64-bit hashes, one cache line each; an event pushes the oldest of its bucket out. Not safe for concurrent use.
/// </summary>
/// <remarks>
/// A hash is of the flow's (keyed) dedup key, the uuid and the time. 56 bits of it count, 17 of which choose the bucket: an event is taken for another one of the eight
/// there once in 2^36 events, 70 billion. What pushed an event out early, more than
/// some <see cref="Capacity"/> events since, makes its resend count as an observation. What nothing pushed out for 64 windows (5 hours, at 5 minutes) counts as recent for one
/// window more, because turns begin anew: the same event again, hours later, is a resend all the same. In one server's memory: a restart forgets it.
/// </remarks>
internal sealed class ResendFilter
{
    /// <summary>Events remembered: 1 Mi, in 8 MiB, which the caches of a server hold. At 10,000 events a second they last for a minute and a half.</summary>
    public const int Capacity = 1 << 20;

    /// <summary>A cache line of 64 bytes.</summary>
    private const int Ways = 8;

    /// <summary>The lowest bits of a slot are when it was written, in turns of a quarter of the window: see <see cref="Turn"/>.</summary>
    private const ulong TurnBits = 0xFF;

    private readonly ulong[] _slots = GC.AllocateUninitializedArray<ulong>(Capacity, pinned: true);

    public ResendFilter() => Array.Clear(_slots);

    /// <summary>What an event is told apart by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(FlowKey key, UInt128 uuid, long time)
    {
        // The key is a keyed hash already; a multiplication spreads what is added to it over the high bits, which choose the bucket.
        var mixed = key.Lo ^ BitOperations.RotateLeft((ulong)uuid ^ (ulong)(uuid >> 64), 21) ^ (ulong)time * 0x9E3779B97F4A7C15;
        mixed ^= mixed >> 32;
        return (mixed * 0xD6E8FEB86659FD93) ^ key.Hi;
    }

    /// <summary>The turn of a moment, for <see cref="IsResend"/>; four make up the window.</summary>
    public static byte Turn(TimeSpan since, TimeSpan window) => (byte)(since.Ticks / Math.Max(1, window.Ticks / 4));

    /// <summary>Whether the event came within the last four turns; remembers it in any case, so that a resend of a resend is one, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsResend(ulong hash, byte turn)
    {
        var bucket = _slots.AsSpan((int)(hash >> (64 - 17)) * Ways, Ways);
        var wanted = hash & ~TurnBits;
        var mask = Vector256.Create(~TurnBits);
        var low = Vector256.Equals(Vector256.Create<ulong>(bucket) & mask, Vector256.Create(wanted)).ExtractMostSignificantBits();
        var high = Vector256.Equals(Vector256.Create<ulong>(bucket[4..]) & mask, Vector256.Create(wanted)).ExtractMostSignificantBits();
        var found = low | (high << 4);
        if (found != 0)
        {
            ref var slot = ref bucket[BitOperations.TrailingZeroCount(found)];
            var isRecent = (byte)(turn - (byte)slot) <= 4;
            slot = wanted | turn;
            return isRecent;
        }

        bucket[..(Ways - 1)].CopyTo(bucket[1..]);
        bucket[0] = wanted | turn;
        return false;
    }
}
