namespace KGuardian.Analytics.Forwarding.Integrations;

/// <summary>A document of an integration that cannot be taken. Holds no value, which may be a secret.</summary>
/// <param name="member">The member at fault, with the path to it.</param>
/// <param name="problem">What is wrong with it.</param>
/// <param name="allowed">What is allowed.</param>
internal sealed class IntegrationException(string member, string problem, string allowed) : Exception($"{member} {problem}. Allowed: {allowed}.")
{
    /// <summary>The member at fault, with the path to it.</summary>
    public string Field => member;

    /// <summary>What is wrong with it.</summary>
    public string Problem => problem;

    /// <summary>What is allowed.</summary>
    public string Allowed => allowed;
}
