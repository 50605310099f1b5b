namespace KGuardian.Analytics.Store;

/// <summary>Numbers rows of which the newest counts: microseconds since 1970, made distinct and growing, also when the clock steps back.</summary>
/// <param name="clock">Now.</param>
internal sealed class RowVersions(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private long _last;

    /// <summary>The next number.</summary>
    public long Next()
    {
        lock (_gate)
        {
            return _last = Math.Max(_last + 1, (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        }
    }

    /// <summary>Goes on behind a number that a row has.</summary>
    public void GoBehind(long version)
    {
        lock (_gate)
        {
            _last = Math.Max(_last, version);
        }
    }
}
