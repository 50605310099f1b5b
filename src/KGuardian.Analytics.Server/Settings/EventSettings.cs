using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.SecureEvents;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Events:*</c>: a switch and a severity for each rule, what is learnt first, what counts as one.</summary>
internal sealed class EventSettings(SettingsReader reader)
{
    /// <summary>As long as flows are kept by default.</summary>
    private static readonly TimeSpan LongestLearning = TimeSpan.FromDays(30);

    public EventOptions Options(IReadOnlyList<IPNetwork> clusterCidrs)
    {
        var options = new EventOptions();
        return new EventOptions
        {
            Rules = EventRule.All.ToDictionary(rule => rule.Name, rule => new EventRuleOptions(
                reader.Flag($"Events:Rules:{rule.Name}:Enabled", true),
                (int)reader.Number($"Events:Rules:{rule.Name}:Severity", rule.Severity, 0, EventRule.MildestSeverity))),
            LearnFor = reader.Time("Events:LearnFor", options.LearnFor, orZero: true, longest: LongestLearning),
            CollapsePorts = reader.Flag("Events:CollapsePorts", options.CollapsePorts),
            ClusterCidrs = clusterCidrs,
        };
    }

    /// <summary>What is set, as the report of settings shows it.</summary>
    public static JsonObject Describe(EventOptions options) => new()
    {
        ["Rules"] = new JsonObject(EventRule.All.Select(rule => KeyValuePair.Create<string, JsonNode?>(rule.Name, new JsonObject
        {
            ["Enabled"] = options.Of(rule).IsEnabled,
            ["Severity"] = options.Of(rule).Severity,
        }))),
        ["LearnFor"] = options.LearnFor.ToString("c"),
        ["CollapsePorts"] = options.CollapsePorts,
    };
}
