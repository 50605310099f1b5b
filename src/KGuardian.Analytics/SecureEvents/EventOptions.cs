namespace KGuardian.Analytics.SecureEvents;

/// <summary>Settings <c>Events:Rules:*</c>: what raises events. A change holds for what happens from then on.</summary>
internal sealed record EventOptions
{
    /// <summary>The rules by their names; those that are not here have their defaults.</summary>
    public IReadOnlyDictionary<string, EventRuleOptions> Rules { get; init; } = new Dictionary<string, EventRuleOptions>();

    /// <summary>How a rule is set.</summary>
    public EventRuleOptions Of(EventRule rule) => Rules.TryGetValue(rule.Name, out var options) ? options : new EventRuleOptions(true, rule.Severity);
}

/// <summary>How one rule is set.</summary>
/// <param name="IsEnabled">Whether it raises events.</param>
/// <param name="Severity">Of its events, 0 to 7.</param>
internal sealed record EventRuleOptions(bool IsEnabled, int Severity);
