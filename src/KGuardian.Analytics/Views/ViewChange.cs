namespace KGuardian.Analytics.Views;

/// <summary>What a view must be for a change of it to be made: otherwise somebody else was faster.</summary>
/// <param name="MustBeNew">There must be none of its name.</param>
/// <param name="Version">It must have this version; null for any.</param>
internal sealed record ViewCondition(bool MustBeNew, long? Version)
{
    /// <summary>Whether a view, or none, is what it must be.</summary>
    public bool Holds(SavedView? before) => !(MustBeNew && before is not null) && (Version is null || before?.Version == Version);
}

/// <summary>What became of a change.</summary>
internal enum ViewResult
{
    /// <summary>It is made.</summary>
    Done,

    /// <summary>The view is not what the condition says; nothing was changed.</summary>
    IsOther,

    /// <summary>There is none of the name.</summary>
    Unknown,

    /// <summary>There are as many as there may be.</summary>
    Full,
}

/// <summary>A change of a view.</summary>
/// <param name="Result">What became of it.</param>
/// <param name="Before">What it was; null for none.</param>
/// <param name="After">What it is now; null for none.</param>
internal sealed record ViewChange(ViewResult Result, SavedView? Before, SavedView? After);
