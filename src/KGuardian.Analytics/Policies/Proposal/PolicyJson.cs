using System.Text.Json.Nodes;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>Policies as Kubernetes writes them in JSON.</summary>
internal static class PolicyJson
{
    /// <summary>The object of a policy; <c>policyTypes</c> is always there.</summary>
    public static JsonObject Of(NetworkPolicy policy)
    {
        var spec = new JsonObject { ["podSelector"] = Selector(policy.Pods), ["policyTypes"] = new JsonArray() };
        if (policy.IsolatesIngress)
        {
            spec["policyTypes"]!.AsArray().Add("Ingress");
            spec["ingress"] = Rules(policy.Ingress, "from");
        }

        if (policy.IsolatesEgress)
        {
            spec["policyTypes"]!.AsArray().Add("Egress");
            spec["egress"] = Rules(policy.Egress, "to");
        }

        return new JsonObject
        {
            ["apiVersion"] = "networking.k8s.io/v1",
            ["kind"] = "NetworkPolicy",
            ["metadata"] = new JsonObject { ["name"] = policy.Name, ["namespace"] = policy.Namespace },
            ["spec"] = spec,
        };
    }

    /// <summary>A peer.</summary>
    public static JsonObject Peer(PolicyPeer peer)
    {
        var json = new JsonObject();
        if (peer.Block is { } block)
        {
            json["ipBlock"] = new JsonObject { ["cidr"] = block.Network.ToString() };
        }

        if (peer.Namespaces is { } namespaces)
        {
            json["namespaceSelector"] = Selector(namespaces);
        }

        if (peer.Pods is { } pods)
        {
            json["podSelector"] = Selector(pods);
        }

        return json;
    }

    /// <summary>A port.</summary>
    public static JsonObject Port(PolicyPort port)
    {
        var json = new JsonObject { ["protocol"] = port.Protocol.ToString().ToUpperInvariant() };
        if (!port.IsAny)
        {
            json["port"] = port.First;
        }

        if (!port.IsAny && port.Last != port.First)
        {
            json["endPort"] = port.Last;
        }

        return json;
    }

    /// <summary>A selector; of proposed ones each label has one value.</summary>
    public static JsonObject Selector(LabelSelector selector)
    {
        var labels = new JsonObject();
        foreach (var label in selector.Requirements)
        {
            labels[label.Key] = label.Values[0];
        }

        return labels.Count == 0 ? [] : new JsonObject { ["matchLabels"] = labels };
    }

    private static JsonArray Rules(IReadOnlyList<PolicyRule> rules, string peers) => [.. rules.Select(JsonNode (rule) =>
    {
        var json = new JsonObject();
        if (rule.Peers.Count > 0)
        {
            json[peers] = new JsonArray([.. rule.Peers.Select(Peer)]);
        }

        if (rule.Ports.Count > 0)
        {
            json["ports"] = new JsonArray([.. rule.Ports.Select(Port)]);
        }

        return json;
    })];
}
