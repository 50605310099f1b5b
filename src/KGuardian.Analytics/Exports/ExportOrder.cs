namespace KGuardian.Analytics.Exports;

/// <summary>
/// The order in which flows and events arrive, read to its end: each waits until everything before a place (microseconds since 1970) is in ClickHouse, and
/// makes what comes from then on have its place behind it. So what was exported up to there is complete for ever.
/// </summary>
/// <param name="SealFlows">Of flows.</param>
/// <param name="SealEvents">Of secure events.</param>
internal sealed record ExportOrder(Func<long, CancellationToken, Task> SealFlows, Func<long, CancellationToken, Task> SealEvents);
