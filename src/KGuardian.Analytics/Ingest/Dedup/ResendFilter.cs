using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// Tells resends from observations: an agent that did not get its answer posts the same events again, with their uuids and times. Remembers the
/// events of a while, in buckets of eight 64-bit hashes, one cache line each; an event pushes the oldest of its bucket out. Not safe for concurrent
/// use.
/// </summary>
/// <remarks>
/// A hash is of the flow's (keyed) dedup key, the uuid and the time. 56 bits of it count, 17 of which choose the bucket: an event is taken for
/// another one of the eight there once in 2^36 events, 70 billion. What pushed an event out early, more than some <see cref="Capacity"/> events
/// since, makes its resend count as an observation. What nothing pushed out for 64 windows (5 hours, at 5 minutes) counts as recent for one window
/// more, because turns begin anew: the same event again, hours later, is a resend all the same. In one server's memory: a restart forgets it.
/// </remarks>
internal sealed class ResendFilter
{
    /// <summary>Events remembered: 1 Mi, in 8 MiB, which the caches of a server hold. At 10,000 events a second they last for a minute and a half.</summary>
    public const int Capacity = 1 << 20;

    /// <summary>A cache line of 64 bytes.</summary>
    private const int Ways = 8;

    /// <summary>The lowest bits of a slot are when it was written, in turns of a quarter of the window: see <see cref="Turn"/>.</summary>
    private const ulong TurnBits = 0xFF;

    private readonly ulong[] _slots = GC.AllocateArray<ulong>(Capacity + Ways, pinned: true);

    /// <summary>Where the first bucket begins, so that each is in one cache line: an array's first element is anywhere.</summary>
    private readonly int _first;

    public unsafe ResendFilter() => _first = (int)(-(nint)Unsafe.AsPointer(ref _slots[0]) & ((Ways * sizeof(ulong)) - 1)) / sizeof(ulong);

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

    /// <summary>Begins to fetch what <see cref="IsResend"/> will look at.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong hash) => Memory.Prefetch(ref _slots[Bucket(hash)]);

    /// <summary>Whether the event came within the last four turns; remembers it in any case, so that a resend of a resend is one, too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsResend(ulong hash, byte turn)
    {
        var bucket = _slots.AsSpan(Bucket(hash), Ways);
        var wanted = hash & ~TurnBits;
        var slots = Vector512.Create<ulong>(bucket);
        var found = Vector512.Equals(slots & Vector512.Create(~TurnBits), Vector512.Create(wanted)).ExtractMostSignificantBits();
        if (found != 0)
        {
            ref var slot = ref bucket[BitOperations.TrailingZeroCount(found)];
            var isRecent = (byte)(turn - (byte)slot) <= 4;
            slot = wanted | turn;
            return isRecent;
        }

        // One place further, in two halves: processors without 512 bits would do a shuffle of eight one by one.
        var later = Vector256.Create<ulong>(bucket[3..]);
        slots.GetLower().CopyTo(bucket[1..]);
        later.CopyTo(bucket[4..]);
        bucket[0] = wanted | turn;
        return false;
    }

    private int Bucket(ulong hash) => _first + ((int)(hash >> (64 - 17)) * Ways);
}
