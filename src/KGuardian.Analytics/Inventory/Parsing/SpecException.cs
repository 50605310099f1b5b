namespace KGuardian.Analytics.Inventory.Parsing;

/// <summary>A body is not what its route takes.</summary>
/// <param name="member">What is wrong with it; "body" for all of it.</param>
/// <param name="problem">What that is; values are not told, they may be long.</param>
/// <param name="allowed">What is taken.</param>
internal sealed class SpecException(string member, string problem, string allowed) : Exception($"'{member}' {problem}. Allowed: {allowed}.")
{
    /// <summary>What is wrong.</summary>
    public string Member => member;

    /// <summary>What is taken.</summary>
    public string Allowed => allowed;
}
