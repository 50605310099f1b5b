using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters.Fields;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// The fields that filters of secure events have: those of flows as events, and what a rule or an audit policy says. What nothing here has a value of is known
/// by name: see <see cref="NeverKnownType"/>.
/// </summary>
internal static class EventVocabulary
{
    /// <summary>Who raises events, as clients tell it from their other products' names.</summary>
    public const string Originator = "policy";

    /// <summary>What they are about.</summary>
    public const string Source = "network";

    /// <summary>The number of rules about the network, as clients know it.</summary>
    public const int RuleType = 4;

    private static readonly string[] UnknownTexts =
        ["alertName", "engine", "machineId", "mitre", "policyId", "ruleSubType", "trigger"];

    /// <summary>The vocabulary of a store.</summary>
    /// <param name="cluster">The cluster's name; null when none is configured.</param>
    public static FilterVocabulary Of(string? cluster) => new(
        "secure events",
        [
            .. ActivityVocabulary.FieldsOf(cluster),
            new FlowField("id", "", new EventIdType(sql => sql.Column("event_hash"))),
            new FlowField("severity", "severity", new SeverityType()),
            OfRule("ruleName", rule => rule.Name), OfRule("name", rule => rule.Title), OfRule("description", rule => rule.Text),
            OfRule("category", CategoryOf), OfRule("originator", _ => Originator), OfRule("source", _ => Source),
            OfRule("ruleType", _ => $"{RuleType}"),
            Optional("policyName", "policy_name"), Optional("policyNamespace", "policy_namespace"), Optional("policyUid", "policy_uid"),
            Optional("reason", "reason"),
            .. UnknownTexts.Select(name => ActivityVocabulary.Unknown(name, isNumber: false)),
        ],
        ActivityVocabulary.Prefixes, nullIsAbsent: true);

    /// <summary>The word for a rule's category.</summary>
    public static string CategoryOf(EventRule rule) => rule.Category == EventCategory.Runtime ? "runtime" : "simulation";

    private static FlowField OfRule(string name, Func<EventRule, string?> fact) => new(name, "", new RuleFactType(fact));

    private static FlowField Optional(string name, string column) => new(name, column, new OptionalTextType());
}
