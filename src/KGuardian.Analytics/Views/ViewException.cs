namespace KGuardian.Analytics.Views;

/// <summary>A view that cannot be kept.</summary>
/// <param name="member">The member at fault.</param>
/// <param name="problem">What is wrong with it.</param>
/// <param name="allowed">What is allowed.</param>
internal sealed class ViewException(string member, string problem, string allowed) : Exception($"{member} {problem}. Allowed: {allowed}.")
{
    /// <summary>The member at fault.</summary>
    public string Member => member;

    /// <summary>What is wrong with it.</summary>
    public string Problem => problem;

    /// <summary>What is allowed.</summary>
    public string Allowed => allowed;
}
