namespace KGuardian.Analytics.Diagnosis;

/// <summary>What a check found.</summary>
/// <param name="Check">The check's name.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="What">What was found, in a sentence.</param>
/// <param name="Todo">What to do; null when there is nothing.</param>
internal sealed record Finding(string Check, Severity Severity, string What, string? Todo = null)
{
    /// <summary>The numbers behind it, by name.</summary>
    public IReadOnlyDictionary<string, object?> Evidence { get; init; } = new Dictionary<string, object?>();
}

/// <summary>How bad a finding is.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Works, but will not for long, or not as well as it could.</summary>
    Warning,

    /// <summary>Something does not work, or is lost.</summary>
    Error,
}
