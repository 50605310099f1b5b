namespace KGuardian.Analytics.Inventory.States;

/// <summary>
/// Numbers for states: each is later than all that were given or seen before, also after a clock was set back, and no two servers give the same one
/// (but by a chance of 1 in 1,024 within one microsecond). Not safe for concurrent use.
/// </summary>
internal sealed class StateSequence(TimeProvider clock)
{
    /// <summary>Bits for the server; the microseconds above them last until 2255.</summary>
    private const int WriterBits = 10;

    private readonly long _writer = Random.Shared.Next(1 << WriterBits);
    private long _last;

    /// <summary>The believed time, in microseconds since 1970.</summary>
    public long NowMicros => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>The next number.</summary>
    public long Next() => _last = (Math.Max(NowMicros, (_last >> WriterBits) + 1) << WriterBits) | _writer;

    /// <summary>Goes on behind a number that another server gave, or an earlier process.</summary>
    public void GoBehind(long sequence) => _last = Math.Max(_last, sequence);

    /// <summary>The least number of a time.</summary>
    public static long FloorOf(long micros) => Math.Max(0, micros) << WriterBits;

    /// <summary>The time of a number, in microseconds since 1970.</summary>
    public static long MicrosOf(long sequence) => sequence >> WriterBits;
}
