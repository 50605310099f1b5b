namespace KGuardian.Analytics.Retention;

/// <summary>Settings <c>Retention:*</c>: how long flows are kept.</summary>
internal sealed record RetentionOptions
{
    /// <summary>
    /// Whole days that a flow is kept after the day (UTC) on which it reached this server; 0 keeps it for ever. What was set at runtime wins.
    /// Default 30.
    /// </summary>
    public int Days { get; init; } = 30;
}
