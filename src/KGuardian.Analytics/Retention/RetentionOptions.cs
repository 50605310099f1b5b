namespace KGuardian.Analytics.Retention;

/// <summary>Settings <c>Retention:*</c>: how long flows are kept, and audit verdicts.</summary>
internal sealed record RetentionOptions
{
    /// <summary>
    /// Whole days that a flow is kept after the day (UTC) on which it reached this server; 0 keeps it for ever. What was set at runtime wins.
    /// Default 30.
    /// </summary>
    public int Days { get; init; } = 30;

    /// <summary>
    /// Whole days that audit verdicts are kept after the day (UTC) on which they were stored; 0 keeps them for ever. Default 30, as long as the flows
    /// that they are about; clusters that run kguardian's broker keep theirs for 14 to 30.
    /// </summary>
    public int VerdictDays { get; init; } = 30;
}
