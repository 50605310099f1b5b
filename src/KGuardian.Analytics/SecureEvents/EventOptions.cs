using System.Net;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Settings <c>Events:*</c>: what raises events. A change holds for what happens from then on.</summary>
internal sealed record EventOptions
{
    /// <summary>The rules by their names; those that are not here have their defaults.</summary>
    public IReadOnlyDictionary<string, EventRuleOptions> Rules { get; init; } = new Dictionary<string, EventRuleOptions>();

    /// <summary>How long after a store's first flow edges and networks are learnt without an event. Default a day, which has every daily job once.</summary>
    public TimeSpan LearnFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Whether dropped flows that differ in an ephemeral port only are one event. Default no: as many events as dropped flows.</summary>
    public bool CollapsePorts { get; init; }

    /// <summary><c>Topology:ClusterCidrs</c>: addresses in them are not outside.</summary>
    public IReadOnlyList<IPNetwork> ClusterCidrs { get; init; } = [];

    /// <summary>How a rule is set.</summary>
    public EventRuleOptions Of(EventRule rule) => Rules.TryGetValue(rule.Name, out var options) ? options : new EventRuleOptions(true, rule.Severity);
}

/// <summary>How one rule is set.</summary>
/// <param name="IsEnabled">Whether it raises events.</param>
/// <param name="Severity">Of its events, 0 to 7.</param>
internal sealed record EventRuleOptions(bool IsEnabled, int Severity);
