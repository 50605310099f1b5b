namespace KGuardian.Analytics.Policies.Model;

/// <summary>Selects by labels: all requirements have to be met.</summary>
/// <param name="Requirements">None select everything.</param>
internal sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    /// <summary>Selects everything: <c>{}</c>.</summary>
    public static readonly LabelSelector All = new([]);

    /// <summary>Whether labels meet it.</summary>
    public bool Matches(IReadOnlyDictionary<string, string> labels) => Requirements.All(requirement => requirement.IsMetBy(labels));
}
