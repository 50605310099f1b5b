using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Policies.Proposal;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>Answers with proposed policies: YAML, or JSON where that is asked for.</summary>
internal static class ProposalAnswer
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether a request asks for JSON.</summary>
    public static bool IsJsonWanted(HttpRequest request) =>
        request.Headers.Accept.ToString() is var accept && accept.Contains("application/json", StringComparison.OrdinalIgnoreCase)
        && !accept.Contains("yaml", StringComparison.OrdinalIgnoreCase);

    /// <summary>YAML with the evidence as comments.</summary>
    public static Task WriteYamlAsync(HttpContext context, IReadOnlyList<ProposedPolicy> policies, TimeWindow window, IReadOnlyList<string> notes) =>
        WriteAsync(context, window, "application/yaml", PolicyYaml.Of(policies, window, notes));

    /// <summary>The object of one policy, or a List of several.</summary>
    public static Task WriteObjectAsync(HttpContext context, IReadOnlyList<ProposedPolicy> policies, TimeWindow window) => WriteAsync(
        context, window, "application/json",
        (policies is [var only] ? PolicyJson.Of(only.Policy)
            : new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "List",
                ["items"] = new JsonArray([.. policies.Select(policy => PolicyJson.Of(policy.Policy))]),
            }).ToJsonString(Readable));

    /// <summary>Policies, and their evidence as a table.</summary>
    public static Task WriteEvidenceAsync(HttpContext context, IReadOnlyList<ProposedPolicy> policies, TimeWindow window, IReadOnlyList<string> notes) =>
        WriteAsync(context, window, "application/json", new JsonObject
        {
            ["policies"] = new JsonArray([.. policies.Select(policy => PolicyJson.Of(policy.Policy))]),
            ["evidence"] = new JsonArray([.. policies.SelectMany(policy =>
                Rules(policy, "ingress", policy.Ingress).Concat(Rules(policy, "egress", policy.Egress)))]),
            ["warnings"] = new JsonArray([.. policies.SelectMany(policy => policy.Warnings.Select(JsonNode (warning) =>
                new JsonObject { ["policy"] = $"{policy.Policy.Namespace}/{policy.Policy.Name}", ["warning"] = warning }))]),
            ["notes"] = new JsonArray([.. notes.Select(note => (JsonNode)note)]),
            ["window"] = new JsonObject { ["from"] = FilterTime.ToText(window.From), ["to"] = FilterTime.ToText(window.To) },
        }.ToJsonString(Readable));

    private static IEnumerable<JsonNode> Rules(ProposedPolicy policy, string direction, IReadOnlyList<ProposedRule> rules) =>
        rules.SelectMany((rule, at) => rule.Peers.Select(JsonNode (peer) => new JsonObject
        {
            ["policy"] = $"{policy.Policy.Namespace}/{policy.Policy.Name}",
            ["field"] = $"spec.{direction}[{at}]",
            ["seen"] = peer.Seen,
            ["block"] = peer.Peer?.Block?.Network.ToString(),
            ["addresses"] = peer.Addresses,
            ["flows"] = peer.Tally.Flows,
            ["first_seen"] = peer.Tally.Flows == 0 ? null : ReplayJson.Time(peer.Tally.FirstSeen),
            ["last_seen"] = peer.Tally.Flows == 0 ? null : ReplayJson.Time(peer.Tally.LastSeen),
        }));

    private static async Task WriteAsync(HttpContext context, TimeWindow window, string type, string text)
    {
        FlowResponses.DescribeWhole(context.Response, window, isCut: false);
        context.Response.ContentType = type;
        await context.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(text), context.RequestAborted);
    }
}
