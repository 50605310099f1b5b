using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Server.Api.Verdicts;

/// <summary>Whether the evaluator of audit policies answers, and whether new flows are shed.</summary>
internal sealed class EvaluatorCheck(VerdictForwarder forwarder, VerdictOptions options) : Check("evaluator")
{
    public override bool NeedsStore => false;

    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        (string, object?)[] evidence = [("queued", forwarder.Queued), ("shed", forwarder.Shed), ("url", options.EvaluatorUrl)];
        var findings = new List<Finding>();
        if (forwarder.Problem is { } problem)
        {
            findings.Add(Warning(
                $"The evaluator {options.EvaluatorUrl} {problem}; flows are taken without its verdicts",
                "See that Verdicts:EvaluatorUrl (EVALUATOR_URL) names it, and that network policies let this server reach it.", evidence));
        }

        if (forwarder.Shed > 0)
        {
            findings.Add(Warning(
                $"{forwarder.Shed} new flows were not sent to the evaluator since this server started: more waited than Verdicts:MaxQueuedFlows",
                "A burst of new flows passes. Where it lasts, give the evaluator more CPU, or raise Verdicts:MaxInFlight.", evidence));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(
            findings.Count > 0 ? findings : [Ok($"New flows are sent to the evaluator {options.EvaluatorUrl}; none was shed", evidence)]);
    }
}
