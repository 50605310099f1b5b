using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Forwarding.Delivery;

namespace KGuardian.Analytics.Forwarding;

/// <summary>Whether events reach where they are forwarded to.</summary>
/// <param name="forwarding">Sends them.</param>
internal sealed class ForwardingCheck(EventForwarding forwarding) : Check("forwarding")
{
    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var findings = forwarding.All.SelectMany(Of).ToArray();
        return Task.FromResult<IReadOnlyList<Finding>>(findings.Length > 0 ? findings
            : [Ok($"{forwarding.All.Count(one => one.Loop is not null)} of {forwarding.All.Count} integrations forward events, and none is in trouble")]);
    }

    private IEnumerable<Finding> Of(ForwardedIntegration one)
    {
        var (id, name) = (one.Integration.Id, one.Integration.Name);
        var target = one.Integration.Connection.Describe(one.Integration.Type);
        var lost = one.Channels.Sum(channel => channel.Progress.LostEvents);
        var dead = one.Channels.Sum(channel => channel.Progress.DeadLettered);
        (string, object?)[] evidence =
        [
            ("integration", id), ("target", target), ("state", ForwardingGauges.NameOf(one.Status)), ("behind", one.Channels.Sum(channel => channel.Behind)),
            ("lost", lost), ("dead_lettered", dead),
        ];
        if (one.Status == DeliveryStatus.Failing)
        {
            yield return Error(
                $"Integration {id} '{name}' delivers nothing: {one.Loop!.LastError}",
                $"Mend what it says: its token, certificate or address, by PATCH /api/v1/eventsForwarding/integrations/{id}. Events wait until they expire.",
                evidence);
        }
        else if (one.Status == DeliveryStatus.BackingOff)
        {
            yield return Warning(
                $"Integration {id} '{name}' does not reach its target: {one.Loop!.LastError}",
                "It is tried again by itself. See that the target runs, and that network policies let this server reach it.", evidence);
        }

        if (lost > 0)
        {
            yield return Warning(
                $"Integration {id} '{name}' lost {lost} events: they expired or were cleared before they were delivered",
                "They are gone. Where it was too slow, see kguardian_forwarding_behind_events; where it was away, keep flows for longer (Retention:Days).",
                evidence);
        }

        if (dead > 0)
        {
            yield return Warning(
                $"The target of integration {id} '{name}' refused {dead} events by themselves",
                "What it said is in the table forwarding_dead_letters, for 7 days.", evidence);
        }
    }
}
