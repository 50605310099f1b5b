using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Reading;

namespace KGuardian.Analytics.Policies.Replay;

/// <summary>Which rules of policies nothing used: no connection that was seen, let through or not, is one that they allow.</summary>
/// <param name="set">The policies.</param>
/// <param name="evaluator">What judges by them.</param>
internal sealed class RuleUsage(PolicySet set, PolicyEvaluator evaluator)
{
    private readonly List<(NetworkPolicy Policy, bool IsIngress, int Rule)> _unused =
    [
        .. set.Policies.Where(policy => policy.IsolatesIngress).SelectMany(policy => policy.Ingress.Select((_, at) => (policy, true, at))),
        .. set.Policies.Where(policy => policy.IsolatesEgress).SelectMany(policy => policy.Egress.Select((_, at) => (policy, false, at))),
    ];

    private readonly HashSet<(string, string, bool, int)> _perhaps = [];

    /// <summary>Rules that nothing used, in the order of the documents; <c>IsPerhapsUsed</c> where what is known of a connection does not tell.</summary>
    public IEnumerable<(NetworkPolicy Policy, bool IsIngress, int Rule, bool IsPerhapsUsed)> Unused =>
        _unused.Select(rule => (rule.Policy, rule.IsIngress, rule.Rule, _perhaps.Contains(Key(rule))));

    /// <summary>Looks at a connection: only rules that nothing used so far are tried.</summary>
    public void Look(PolicyConnection connection)
    {
        for (var at = _unused.Count - 1; at >= 0; at--)
        {
            var rule = _unused[at];
            var uses = evaluator.Uses(rule.Policy, rule.IsIngress, rule.Rule, connection);
            if (uses == Truth.Yes)
            {
                _unused.RemoveAt(at);
            }
            else if (uses == Truth.Unknown)
            {
                _perhaps.Add(Key(rule));
            }
        }
    }

    private static (string, string, bool, int) Key((NetworkPolicy Policy, bool IsIngress, int Rule) rule) =>
        (rule.Policy.Namespace, rule.Policy.Name, rule.IsIngress, rule.Rule);
}
