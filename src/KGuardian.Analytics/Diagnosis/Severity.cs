namespace KGuardian.Analytics.Diagnosis;

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
