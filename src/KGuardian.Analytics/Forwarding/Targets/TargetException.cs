namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>What became of events that were not delivered.</summary>
internal enum TargetFailure
{
    /// <summary>They could not be brought there, or not now: the same are sent again.</summary>
    Transport,

    /// <summary>
    /// The target lets nobody in who shows what is configured, or may not be reached at all: an administrator has to act. They are sent again.
    /// </summary>
    Configuration,

    /// <summary>The target refuses what they are.</summary>
    Refused,
}

/// <summary>Events were not delivered. The text names neither a secret nor the path of a URL.</summary>
/// <param name="failure">What became of them.</param>
/// <param name="message">Why.</param>
/// <param name="cause">What told.</param>
internal sealed class TargetException(TargetFailure failure, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What became of them.</summary>
    public TargetFailure Failure => failure;

    /// <summary>Which of the events was refused, as the target names it; null when it does not.</summary>
    public int? RefusedAt { get; init; }
}
