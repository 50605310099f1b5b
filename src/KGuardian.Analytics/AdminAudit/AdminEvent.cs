namespace KGuardian.Analytics.AdminAudit;

/// <summary>One administrative act, as it is stored.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="Time">When, UTC, as ISO 8601 with microseconds.</param>
/// <param name="Activity">What, for people.</param>
/// <param name="ActivityCode">What, for programs.</param>
/// <param name="InitiatorId">Who; empty for the server itself.</param>
/// <param name="InitiatorName">Who, for people.</param>
/// <param name="TargetId">On what.</param>
/// <param name="Meta">Circumstances.</param>
internal sealed record AdminEvent(
    ulong Id, string Time, string Activity, string ActivityCode, string InitiatorId, string InitiatorName, string TargetId,
    IReadOnlyDictionary<string, string> Meta);

/// <summary>Who acts. Never holds a token.</summary>
/// <param name="Id">For programs.</param>
/// <param name="Name">For people.</param>
internal sealed record AdminInitiator(string Id, string Name)
{
    /// <summary>The server, of its own accord.</summary>
    public static AdminInitiator Server { get; } = new("server", "KGuardian.Analytics");
}
