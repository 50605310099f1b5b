namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>What is known of a statement. In this order, so that "and" is the least and "or" the greatest of several.</summary>
internal enum Truth
{
    /// <summary>It is not so.</summary>
    No,

    /// <summary>What is known does not tell.</summary>
    Unknown,

    /// <summary>It is so.</summary>
    Yes,
}
