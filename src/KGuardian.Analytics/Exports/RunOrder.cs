namespace KGuardian.Analytics.Exports;

/// <summary>What became of the order to run a schedule now.</summary>
/// <param name="Result">It.</param>
/// <param name="FileId">The file that it makes; null where it makes none.</param>
/// <param name="Name">The schedule's name; null where there is none.</param>
/// <param name="Reason">Why it makes none; null where it does.</param>
internal sealed record RunOrder(RunResult Result, string? FileId, string? Name, string? Reason)
{
    /// <summary>There is none of this id.</summary>
    public static readonly RunOrder Unknown = new(RunResult.Unknown, null, null, "there is none of this id");
}

/// <summary>What became of an order.</summary>
internal enum RunResult
{
    /// <summary>There is no such schedule.</summary>
    Unknown,

    /// <summary>It runs.</summary>
    Accepted,

    /// <summary>It is disabled, or all exports are.</summary>
    Disabled,

    /// <summary>It runs already, or will shortly.</summary>
    Busy,
}
