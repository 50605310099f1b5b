namespace KGuardian.Analytics.Policies.Model;

/// <summary>What a label has to be.</summary>
/// <param name="Key">The label.</param>
/// <param name="Operator">How it is compared.</param>
/// <param name="Values">With what, for <see cref="LabelOperator.In"/> and <see cref="LabelOperator.NotIn"/>; else none.</param>
internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    /// <summary>Whether labels meet it. A label that is not there is not in any list.</summary>
    public bool IsMetBy(IReadOnlyDictionary<string, string> labels)
    {
        var value = labels.GetValueOrDefault(Key);
        return Operator switch
        {
            LabelOperator.In => value is not null && Values.Contains(value, StringComparer.Ordinal),
            LabelOperator.NotIn => value is null || !Values.Contains(value, StringComparer.Ordinal),
            LabelOperator.Exists => value is not null,
            LabelOperator.DoesNotExist => value is null,
            _ => throw new InvalidOperationException($"{Operator} is no operator"),
        };
    }

    /// <summary>As <c>kubectl --selector</c> has it.</summary>
    public override string ToString() => Operator switch
    {
        LabelOperator.In when Values.Count == 1 => $"{Key}={Values[0]}",
        LabelOperator.In => $"{Key} in ({string.Join(", ", Values)})",
        LabelOperator.NotIn => $"{Key} notin ({string.Join(", ", Values)})",
        LabelOperator.Exists => Key,
        _ => $"!{Key}",
    };
}
