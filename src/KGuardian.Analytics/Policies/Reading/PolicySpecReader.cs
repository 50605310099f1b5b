using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Reading;

/// <summary>Reads what a NetworkPolicy wants, and fills in its defaults as the API server does.</summary>
/// <param name="warnings">Where to put what is allowed and most likely not meant.</param>
internal sealed class PolicySpecReader(List<PolicyWarning> warnings)
{
    private const string Ingress = "Ingress";
    private const string Egress = "Egress";

    private static readonly LabelSelector Everything = LabelSelector.All;

    /// <summary>Reads it.</summary>
    /// <exception cref="PolicyDocumentException">It is not what it has to be.</exception>
    public NetworkPolicy Read(DocumentField document, string policyNamespace, string name)
    {
        if (document.Find("spec") is not { } spec)
        {
            Warn(document, "spec", "there is none, so every pod of the namespace is isolated from all that comes in");
            return new NetworkPolicy(policyNamespace, name, Everything, IsolatesIngress: true, IsolatesEgress: false, [], []);
        }

        spec.OnlyWith("podSelector", "policyTypes", "ingress", "egress");
        var pods = spec.Find("podSelector");
        if (pods is null)
        {
            Warn(spec, "podSelector", "there is none, so every pod of the namespace is selected; write {} if that is meant");
        }

        var ingress = ReadRules(spec, "ingress", "from");
        var egress = ReadRules(spec, "egress", "to");
        var (isolatesIngress, isolatesEgress) = ReadTypes(spec, hasEgress: egress.Count > 0);
        WarnOfUnused(spec, "ingress", ingress, isolatesIngress, Ingress);
        WarnOfUnused(spec, "egress", egress, isolatesEgress, Egress);
        return new NetworkPolicy(
            policyNamespace, name, pods is { } selector ? SelectorReader.Read(selector) : Everything, isolatesIngress, isolatesEgress, ingress, egress);
    }

    /// <summary>Ingress is always meant when nothing is said, egress when there are rules for it: an empty list of those says nothing.</summary>
    private (bool Ingress, bool Egress) ReadTypes(DocumentField spec, bool hasEgress)
    {
        var types = spec.Find("policyTypes");
        var said = types?.Items() ?? [];
        if (said.Count == 0)
        {
            if (spec.Find("egress") is { } egress && !hasEgress)
            {
                warnings.Add(new PolicyWarning(
                    egress.Path, egress.Node.Line, "an empty list without policyTypes isolates nothing; write policyTypes: [Egress] to let nothing out"));
            }

            return (true, hasEgress);
        }

        foreach (var type in said)
        {
            if (type.Text() is not (Ingress or Egress))
            {
                throw type.Wrong($"'{DocumentField.Shown(type.Text())}' is no type of a policy; {Ingress} and {Egress} are");
            }
        }

        return (said.Any(type => type.Text() == Ingress), said.Any(type => type.Text() == Egress));
    }

    private static List<PolicyRule> ReadRules(DocumentField spec, string list, string peers)
    {
        var rules = new List<PolicyRule>();
        foreach (var rule in spec.Find(list)?.Items() ?? [])
        {
            rule.OnlyWith("ports", peers);
            rules.Add(new PolicyRule(
                [.. (rule.Find(peers)?.Items() ?? []).Select(PeerReader.Read)],
                [.. (rule.Find("ports")?.Items() ?? []).Select(PortReader.Read)]));
        }

        return rules;
    }

    private void WarnOfUnused(DocumentField spec, string list, List<PolicyRule> rules, bool isUsed, string type)
    {
        if (rules.Count > 0 && !isUsed)
        {
            Warn(spec, list, $"its {rules.Count} rules do nothing, as policyTypes does not name {type}");
        }
    }

    private void Warn(DocumentField parent, string key, string problem) =>
        warnings.Add(new PolicyWarning($"{parent.Path}.{key}", parent.Find(key)?.Node.Line ?? parent.Node.Line, problem));
}
