namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>A document of a schedule that cannot be taken.</summary>
/// <param name="member">The member at fault, with the path to it.</param>
/// <param name="value">Its value; null for none.</param>
/// <param name="problem">What is wrong with it.</param>
/// <param name="allowed">What is allowed.</param>
/// <param name="inner">What says more about it: of a filter where the mistake is.</param>
internal sealed class ExportException(string member, string? value, string problem, string allowed, Exception? inner = null)
    : Exception($"{member} {problem}. Allowed: {allowed}.", inner)
{
    /// <summary>The member at fault, with the path to it.</summary>
    public string Field => member;

    /// <summary>Its value; null for none.</summary>
    public string? Value => value;

    /// <summary>What is wrong with it.</summary>
    public string Problem => problem;

    /// <summary>What is allowed.</summary>
    public string Allowed => allowed;
}
