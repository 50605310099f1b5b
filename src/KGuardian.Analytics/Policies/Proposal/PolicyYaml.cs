using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>Proposed policies as YAML, with the evidence of each rule as comments.</summary>
internal static class PolicyYaml
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The documents.</summary>
    /// <param name="policies">The policies.</param>
    /// <param name="window">What was looked at.</param>
    /// <param name="notes">What one should know of all of them.</param>
    public static string Of(IReadOnlyList<ProposedPolicy> policies, TimeWindow window, IReadOnlyList<string> notes)
    {
        var text = new StringBuilder();
        Comment(text, 0, $"Proposed from what was seen from {FilterTime.ToText(window.From)} to {FilterTime.ToText(window.To)}");
        foreach (var note in notes)
        {
            Comment(text, 0, note);
        }

        foreach (var (at, policy) in policies.Index())
        {
            text.Append(at > 0 ? "---\n" : "");
            Write(text, policy);
        }

        return text.ToString();
    }

    private static void Write(StringBuilder text, ProposedPolicy policy)
    {
        Comment(text, 0, policy.Workload.ToString());
        foreach (var warning in policy.Warnings)
        {
            Comment(text, 0, $"WARNING: {warning}");
        }

        text.Append(CultureInfo.InvariantCulture, $"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: {Quoted(policy.Policy.Name)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  namespace: {Quoted(policy.Policy.Namespace)}\nspec:\n  podSelector:");
        Inline(text, PolicyJson.Selector(policy.Policy.Pods));
        text.Append("  policyTypes: [Ingress, Egress]\n");
        Rules(text, "ingress", "from", policy.Ingress);
        Rules(text, "egress", "to", policy.Egress);
    }

    private static void Rules(StringBuilder text, string list, string peers, IReadOnlyList<ProposedRule> rules)
    {
        text.Append(CultureInfo.InvariantCulture, $"  {list}:{(rules.Count == 0 ? " []" : "")}\n");
        foreach (var rule in rules)
        {
            foreach (var peer in rule.Peers)
            {
                var block = peer.Peer?.Block is { } seen ? $"{seen.Network}: " : "";
                Comment(text, 2, peer.Tally.Flows == 0 ? peer.Seen : string.Create(
                    CultureInfo.InvariantCulture,
                    $"{block}{peer.Seen}: {peer.Tally.Flows} flows, first seen {Time(peer.Tally.FirstSeen)}, last new {Time(peer.Tally.LastSeen)}"));
            }

            var lead = "  - ";
            if (rule.Rule.Peers.Count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{lead}{peers}:\n");
                lead = "    ";
                foreach (var peer in rule.Rule.Peers)
                {
                    text.Append("    -");
                    Inline(text, PolicyJson.Peer(peer));
                }
            }

            if (rule.Rule.Ports.Count > 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"{lead}ports:\n");
                lead = "    ";
                foreach (var port in rule.Rule.Ports)
                {
                    text.Append("    -");
                    Inline(text, PolicyJson.Port(port));
                }
            }

            text.Append(lead == "  - " ? "  - {}\n" : "");
        }
    }

    /// <summary>JSON is YAML: small objects stay on one line.</summary>
    private static void Inline(StringBuilder text, JsonObject json) => text.Append(' ').Append(Flow(json)).Append('\n');

    private static string Flow(JsonNode node) => node is JsonObject members
        ? members.Count == 0 ? "{}" : $"{{{string.Join(", ", members.Select(member => $"{Key(member.Key)}: {Flow(member.Value!)}"))}}}"
        : node.GetValueKind() == JsonValueKind.String && node.GetValue<string>() is "TCP" or "UDP" or "SCTP" ? node.GetValue<string>()
        : node.ToJsonString(Readable);

    private static string Key(string key) => key.All(char.IsAsciiLetter) && key.Length > 5 ? key : key is "port" or "cidr" ? key : Quoted(key);

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Readable);

    private static string Time(long micros) => FilterTime.ToText(DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond));

    /// <summary>Names in comments are others': a line's end would end the comment.</summary>
    private static void Comment(StringBuilder text, int indent, string comment)
    {
        text.Append(' ', indent).Append("# ");
        foreach (var c in comment)
        {
            text.Append(char.IsControl(c) || c is '\u2028' or '\u2029' or '\u0085' ? '?' : c);
        }

        text.Append('\n');
    }
}
