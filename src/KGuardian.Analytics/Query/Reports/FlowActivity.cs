namespace KGuardian.Analytics.Query.Reports;

/// <summary>The repeats of a flow that arrived on a day.</summary>
/// <param name="FlowId">The flow.</param>
/// <param name="ArrivalDay">The day.</param>
/// <param name="Repeats">How many there were.</param>
/// <param name="LastSeen">The latest, written as times of <see cref="FlowRow"/> are.</param>
internal sealed record FlowActivity(ulong FlowId, DateOnly ArrivalDay, ulong Repeats, string LastSeen);
