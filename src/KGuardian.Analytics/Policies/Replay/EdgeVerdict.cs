using KGuardian.Analytics.Policies.Evaluation;

namespace KGuardian.Analytics.Policies.Replay;

/// <summary>What policies make of an edge: of all connections that it may be.</summary>
/// <param name="IsAllowed">Whether they let it through; unknown also when it depends on which of a service's pods answered.</param>
/// <param name="Ingress">Policies that isolate the server and do not let it in; '' when that is not what blocks it.</param>
/// <param name="Egress">Policies that isolate the client and do not let it out; '' when that is not what blocks it.</param>
internal sealed record EdgeVerdict(Truth IsAllowed, string Ingress, string Egress)
{
    /// <summary>Nobody knows.</summary>
    public static readonly EdgeVerdict Unknown = new(Truth.Unknown, "", "");

    /// <summary>Judges connections, of which one was the edge.</summary>
    public static EdgeVerdict Of(PolicyEvaluator evaluator, IReadOnlyList<PolicyConnection> connections)
    {
        if (connections.Count == 0)
        {
            return Unknown;
        }

        var verdicts = connections.Select(evaluator.Judge).ToArray();
        var allowed = verdicts[0].IsAllowed;
        if (verdicts.Any(verdict => verdict.IsAllowed != allowed))
        {
            return Unknown;
        }

        return new EdgeVerdict(
            allowed, allowed != Truth.No ? "" : Blocking(verdicts.Select(verdict => verdict.Ingress)),
            allowed != Truth.No ? "" : Blocking(verdicts.Select(verdict => verdict.Egress)));
    }

    private static string Blocking(IEnumerable<DirectionVerdict> verdicts) => string.Join(
        ' ', verdicts.Where(verdict => verdict.IsAllowed == Truth.No).SelectMany(verdict => verdict.Isolating)
            .Select(policy => $"{policy.Namespace}/{policy.Name}").Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
