namespace KGuardian.Analytics.Query.Cursors;

/// <summary>A cursor that cannot be used, and why: a 400.</summary>
internal sealed class CursorException(string problem) : Exception($"The cursor {problem}.")
{
    /// <summary>What is wrong with it, such as "has expired".</summary>
    public string Problem => problem;
}
