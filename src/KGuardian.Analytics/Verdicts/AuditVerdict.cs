using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Verdicts;

/// <summary>A verdict as it is stored: what a policy makes of a flow. Texts are empty for none. Names in snake case are those of the table's columns.</summary>
/// <param name="Id">Grows from verdict to verdict.</param>
/// <param name="PolicyUid">The policy's uid.</param>
/// <param name="PolicyNamespace">Its namespace; empty for one of the whole cluster.</param>
/// <param name="PolicyName">Its name.</param>
/// <param name="Direction"><c>Ingress</c> or <c>Egress</c>.</param>
/// <param name="SrcNamespace">Namespace of the source.</param>
/// <param name="SrcPod">Pod that is the source.</param>
/// <param name="DstNamespace">Namespace of the destination.</param>
/// <param name="DstPod">Pod that is the destination.</param>
/// <param name="DstPort">Port of the destination; -1 for none.</param>
/// <param name="Protocol">Such as TCP.</param>
/// <param name="Reason">Why the policy would deny.</param>
/// <param name="ObservedAt">When the flow was seen, UTC, as ISO 8601 with microseconds and no zone.</param>
/// <param name="Verdict"><c>Allow</c> or <c>WouldDeny</c>.</param>
internal sealed record AuditVerdict(
    long Id, string PolicyUid, string PolicyNamespace, string PolicyName, string Direction, string SrcNamespace, string SrcPod, string DstNamespace,
    string DstPod, int DstPort, string Protocol, string Reason, string ObservedAt, string Verdict)
{
    /// <summary>What a policy makes of a flow, under an id.</summary>
    public static AuditVerdict Of(long id, NewFlow flow, PolicyVerdict said) => new(
        id, said.PolicyUid, said.PolicyNamespace, said.PolicyName, said.Direction, flow.SourceNamespace ?? "", flow.SourcePod ?? "",
        flow.DestinationNamespace ?? "", flow.DestinationPod ?? "", flow.DestinationPort ?? -1, flow.Protocol ?? "", said.Reason,
        TimestampText.Format(flow.TimeMicros), said.Verdict);
}
