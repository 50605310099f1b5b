namespace KGuardian.Analytics.Policies.Reading;

/// <summary>Something that is allowed and most likely not meant.</summary>
/// <param name="Field">Its path in the documents.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Problem">What it does, and what was perhaps meant.</param>
internal sealed record PolicyWarning(string Field, long Line, string Problem);
