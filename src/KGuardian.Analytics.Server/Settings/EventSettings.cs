using System.Text.Json.Nodes;
using KGuardian.Analytics.SecureEvents;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Events:*</c>: a switch and a severity for each rule.</summary>
internal sealed class EventSettings(SettingsReader reader)
{
    public EventOptions Options() => new()
    {
        Rules = EventRule.All.ToDictionary(rule => rule.Name, rule => new EventRuleOptions(
            reader.Flag($"Events:Rules:{rule.Name}:Enabled", true),
            (int)reader.Number($"Events:Rules:{rule.Name}:Severity", rule.Severity, 0, EventRule.MildestSeverity))),
    };

    /// <summary>What is set, as the report of settings shows it.</summary>
    public static JsonObject Describe(EventOptions options) => new()
    {
        ["Rules"] = new JsonObject(EventRule.All.Select(rule => KeyValuePair.Create<string, JsonNode?>(rule.Name, new JsonObject
        {
            ["Enabled"] = options.Of(rule).IsEnabled,
            ["Severity"] = options.Of(rule).Severity,
        }))),
    };
}
