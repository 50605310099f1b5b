using KGuardian.Analytics.Forwarding.Channels;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>How far an integration is in a channel, as it is stored.</summary>
/// <param name="Place">Everything up to here was delivered, or given up.</param>
internal sealed record ChannelProgress(EventPlace Place)
{
    /// <summary>Events up to that place, those that were given up included.</summary>
    public long Passed { get; init; }

    /// <summary>Events that the target refused, and that were given up.</summary>
    public long DeadLettered { get; init; }

    /// <summary>The sequence up to which events were counted; 0 where none were.</summary>
    public long KnownUpTo { get; init; }

    /// <summary>How many had to be there up to that sequence, in terms of <see cref="Passed"/>: what is missing of them later was lost.</summary>
    public long KnownEvents { get; init; }

    /// <summary>Events that expired or were cleared before they were delivered.</summary>
    public long LostEvents { get; init; }

    /// <summary>When the first of them arrived, in microseconds since 1970; 0 without any.</summary>
    public long LostFrom { get; init; }

    /// <summary>When the last of them arrived.</summary>
    public long LostTo { get; init; }

    /// <summary>When events were delivered for the last time, in microseconds since 1970; 0 for never.</summary>
    public long LastDelivered { get; init; }

    /// <summary>Events that were delivered.</summary>
    public long Delivered => Passed - DeadLettered;
}
