using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Writes events: what is not known is not there.</summary>
internal static class SecureEventJson
{
    private static readonly Dictionary<string, EventRule> Rules = EventRule.All.ToDictionary(rule => rule.Name);

    /// <summary>Writes one.</summary>
    /// <param name="json">Gets it.</param>
    /// <param name="found">The event.</param>
    /// <param name="cluster">The cluster's name; null when none is configured.</param>
    /// <param name="cursor">A cursor's text; null for no cursor.</param>
    public static void Write(Utf8JsonWriter json, SecureEvent found, string? cluster, Func<EventCursor, string>? cursor)
    {
        // An event of a rule that a newer server has.
        var rule = Rules.TryGetValue(found.Rule, out var known) ? known : new EventRule(found.Rule, found.Rule, "", found.Severity, EventCategory.Runtime);
        json.WriteStartObject();
        json.WriteString("id"u8, found.Id.ToString());
        if (cursor is not null)
        {
            json.WriteString("cursor"u8, cursor(new EventCursor(EventDirection.Around, found.Position, IsInclusive: true)));
        }

        json.WriteNumber("timestamp"u8, found.Id.Nanoseconds);
        json.WriteString("timestampRFC3339Nano"u8, NanosecondTime.ToText(found.Id.Nanoseconds));
        json.WriteString("originator"u8, EventVocabulary.Originator);
        json.WriteString("category"u8, EventVocabulary.CategoryOf(rule));
        json.WriteString("source"u8, EventVocabulary.Source);
        json.WriteString("name"u8, rule.Title);
        json.WriteString("description"u8, rule.Text);
        json.WriteNumber("severity"u8, found.Severity);
        json.WriteStartObject("content"u8);
        json.WriteString("ruleName"u8, rule.Name);
        json.WriteNumber("ruleType"u8, EventVocabulary.RuleType);
        json.WriteStartArray("ruleTags"u8);
        json.WriteEndArray();
        var ends = EventEnds.Of(found);
        json.WriteString("output"u8, Output(found, ends));
        json.WriteStartObject("fields"u8);
        foreach (var (name, value) in Fields(found, ends))
        {
            if (!string.IsNullOrEmpty(value))
            {
                json.WriteString(name, value);
            }
        }

        json.WriteEndObject();
        json.WriteEndObject();
        WriteLabels(json, found, cluster);
        json.WriteEndObject();
    }

    /// <summary>What happened, in a line for people.</summary>
    private static string Output(SecureEvent found, EventEnds ends)
    {
        var what = found.Decision ?? (found.PolicyName.Length > 0 ? $"WOULD DENY by {found.PolicyNamespace}/{found.PolicyName}" : "");
        return string.Join(' ', ((string?[])[what, found.TrafficType, found.IpProtocol, ends.Text]).Where(part => !string.IsNullOrEmpty(part)));
    }

    private static IEnumerable<(string Name, string? Value)> Fields(SecureEvent found, EventEnds ends) =>
    [
        ("uuid", found.Decision is null && found.PodIp is null ? null : found.Uuid), ("pod_name", found.PodName), ("pod_namespace", found.PodNamespace),
        ("pod_ip", found.PodIp), ("pod_port", found.PodPort), ("ip_protocol", found.IpProtocol), ("traffic_type", found.TrafficType),
        ("traffic_in_out_ip", found.TrafficInOutIp), ("traffic_in_out_port", found.TrafficInOutPort), ("decision", found.Decision),
        ("time_stamp", found.TimeStamp),
        ("fd.l4proto", found.IpProtocol), ("fd.cip", ends.Client.Ip), ("fd.cport", Text(ends.Client.Port)), ("fd.sip", ends.Server.Ip),
        ("fd.sport", Text(ends.Server.Port)), ("fd.name", ends.Text),
        ("peer_namespace", found.PeerNamespace), ("peer_pod", found.PeerName), ("policyName", found.PolicyName),
        ("policyNamespace", found.PolicyNamespace), ("policyUid", found.PolicyUid), ("reason", found.Reason),
    ];

    private static void WriteLabels(Utf8JsonWriter json, SecureEvent found, string? cluster)
    {
        json.WriteStartObject("labels"u8);
        foreach (var (name, value) in EventLabels.Of(found.PodNamespace, found.PodName, found.Names, cluster))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
    }

    private static string? Text(int? port) => port?.ToString(CultureInfo.InvariantCulture);
}
