namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>An event as targets need to know it; its JSON is in its <see cref="EventBatch"/>.</summary>
/// <param name="Place">Where it is in the channel.</param>
/// <param name="Id">Its id.</param>
/// <param name="Micros">When it happened, in microseconds since 1970.</param>
/// <param name="Severity">Syslog's: 0 to 7.</param>
/// <param name="Kind">What it is: <c>connection</c>, or the rule that raised it.</param>
/// <param name="Fields">What is shown of it beside its JSON; those that are known.</param>
internal readonly record struct ForwardedEvent(
    EventPlace Place, string Id, long Micros, int Severity, string Kind, IReadOnlyList<(string Name, string Value)> Fields);
