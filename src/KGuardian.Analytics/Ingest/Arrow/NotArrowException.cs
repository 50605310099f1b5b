namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>A body that is no Arrow stream, or has no columns of flows; all of it is refused.</summary>
internal sealed class NotArrowException : Exception
{
    /// <summary>Says what is wrong.</summary>
    public NotArrowException(string problem, Exception? inner = null)
        : base(problem, inner)
    {
    }

    /// <summary>Names the column at fault.</summary>
    public NotArrowException(string column, string problem, string allowed)
        : base($"Column '{column}' {problem}; allowed: {allowed}.") => (Column, Allowed) = (column, allowed);

    /// <summary>The column at fault; null for all of it.</summary>
    public string? Column { get; }

    /// <summary>What it may be.</summary>
    public string? Allowed { get; }
}
