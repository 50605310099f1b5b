namespace KGuardian.Analytics.Upstream;

/// <summary>
/// Settings <c>Upstream:*</c>: the broker that a cluster moves over from, which gets what is accepted here for as long as somebody may want to go back.
/// </summary>
internal sealed record UpstreamOptions
{
    /// <summary>Its address. Default none: nothing is sent.</summary>
    public Uri? BrokerUrl { get; init; }

    /// <summary>The bearer token that it takes; the agents' own is never handed on. Default none.</summary>
    public string? Token { get; init; }

    /// <summary>
    /// Bytes of posts that wait to be sent; more are shed and counted. Default 64 MiB: 200,000 events, which is half an hour of a cluster with 100 a second.
    /// </summary>
    public long MaxQueuedBytes { get; init; } = 64L << 20;

    /// <summary>Longest time of one post. Default 30 s, as agents have it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}
