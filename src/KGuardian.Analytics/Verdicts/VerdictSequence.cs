namespace KGuardian.Analytics.Verdicts;

/// <summary>
/// Ids of verdicts: each is later than all that this server gave or found, also after a restart or when a clock was set back. No two servers give the same
/// one, but by a chance of 1 in 512 within 100 microseconds. Below 2^53 until 2081, so that clients whose numbers are floating point tell them apart.
/// Not safe for concurrent use.
/// </summary>
/// <param name="clock">The believed time.</param>
internal sealed class VerdictSequence(TimeProvider clock)
{
    /// <summary>Bits for the server; above them are units of 100 microseconds.</summary>
    private const int WriterBits = 9;

    private const long TicksPerUnit = TimeSpan.TicksPerMillisecond / 10;

    /// <summary>Where ids begin.</summary>
    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly long _writer = Random.Shared.Next(1 << WriterBits);
    private long _last;

    /// <summary>The next id.</summary>
    public long Next() => _last = (Math.Max((clock.GetUtcNow() - Epoch).Ticks / TicksPerUnit, (_last >> WriterBits) + 1) << WriterBits) | _writer;

    /// <summary>The id of a time, in microseconds since 1970 and not before <see cref="Epoch"/>.</summary>
    /// <param name="micros">The time.</param>
    /// <param name="mark">In place of the server: any number.</param>
    public static long IdAt(long micros, int mark) =>
        (((micros * TimeSpan.TicksPerMicrosecond) - (Epoch - DateTimeOffset.UnixEpoch).Ticks) / TicksPerUnit << WriterBits)
        | ((long)mark & ((1 << WriterBits) - 1));

    /// <summary>Goes on behind an id that was given before.</summary>
    public void GoBehind(long id) => _last = Math.Max(_last, id);
}
