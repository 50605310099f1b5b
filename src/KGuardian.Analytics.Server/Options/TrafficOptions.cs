namespace KGuardian.Analytics.Server.Options;

/// <summary>Settings <c>Traffic:*</c>: the broker's routes.</summary>
internal sealed record TrafficOptions
{
    /// <summary>Rows of a read without a limit, of the newer contract.</summary>
    public const long UpstreamRows = 5_000;

    /// <summary>Most rows of a read, of the newer contract: a larger limit counts as this.</summary>
    public const long MostUpstreamRows = 20_000;

    /// <summary>Which habits hold. Default the documented ones.</summary>
    public TrafficContract Contract { get; init; }

    /// <summary>
    /// <c>Traffic:DefaultLimit</c>: rows of <c>GET /pod/traffic</c> without a limit; null for all. Default null; of the newer contract 5,000, and it holds for
    /// <c>GET /pod/traffic/{name}</c> as well.
    /// </summary>
    public long? DefaultLimit { get; init; }

    /// <summary>Rows of <c>GET /pod/traffic</c>, given the limit that was asked for; null for all.</summary>
    public long? RowsOf(long? limit) =>
        Contract == TrafficContract.Documented ? limit ?? DefaultLimit : Math.Min(limit ?? DefaultLimit ?? UpstreamRows, MostUpstreamRows);

    /// <summary>Rows of <c>GET /pod/traffic/{name}</c>, given the limit that was asked for; null for all.</summary>
    public long? RowsOfPod(long? limit) => Contract == TrafficContract.Documented ? limit : RowsOf(limit);
}
