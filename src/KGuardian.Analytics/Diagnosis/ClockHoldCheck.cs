using KGuardian.Analytics.Clocks;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Whether this machine's clock is believed. Only a running server knows.</summary>
/// <param name="clock">What it believes.</param>
internal sealed class ClockHoldCheck(TrustedClock clock) : Check("clock")
{
    /// <inheritdoc/>
    public override bool NeedsStore => false;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        (string, object?)[] evidence =
            [("machine_time", clock.MachineTime), ("believed_time", clock.GetUtcNow()), ("difference_seconds", Math.Round(clock.Difference.TotalSeconds, 3))];
        return Task.FromResult<IReadOnlyList<Finding>>(
        [
            clock.Hold is { } hold
                ? Error(
                    $"Nothing expires and no day is dropped: {hold.Reason}",
                    "Let NTP (chrony, systemd-timesyncd) put the clock right: it is believed again by itself then. "
                    + "If it is right, say so: kguardian-analytics clock --confirm.",
                    evidence)
                : Ok("This machine's clock moves as it should, and days expire by it", evidence),
        ]);
    }
}
