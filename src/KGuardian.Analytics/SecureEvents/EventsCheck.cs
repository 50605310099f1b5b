using KGuardian.Analytics.Diagnosis;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Whether events are raised behind the flows that are loaded.</summary>
/// <param name="producer">Raises them.</param>
internal sealed class EventsCheck(EventProducer producer) : Check("events")
{
    /// <summary>A step takes less than a second; as the alert.</summary>
    private const double LongestBehindSeconds = 60;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var behind = producer.BehindSeconds;
        return Task.FromResult<IReadOnlyList<Finding>>(
        [
            behind <= LongestBehindSeconds ? Ok("Events are raised behind the newest flows")
                : Warning(
                    $"Events are {behind:0} s behind the newest flows",
                    "The log says why (1800, 1801): mostly that ClickHouse fails, or has no time. On a store that had flows before events were raised the "
                    + "first start goes through all of them, which takes its time.",
                    ("behind_seconds", behind)),
        ]);
    }
}
