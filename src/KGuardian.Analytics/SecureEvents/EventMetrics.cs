using System.Diagnostics.Metrics;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Counters of events; gauges are read from their owners. Names are those of <c>/metrics</c>.</summary>
internal sealed class EventMetrics
{
    private readonly Counter<long> _raised;

    /// <summary>Creates the instruments.</summary>
    public EventMetrics(IMeterFactory meters, EventOptions options)
    {
        Meter = meters.Create("KGuardian.Analytics.SecureEvents");
        _raised = Meter.CreateCounter<long>("kguardian_secure_events_total", description: "Events that were raised, by rule and severity.");
        StepSeconds = Meter.CreateHistogram<double>("kguardian_secure_events_step_seconds", "s", "Time of a step that looked for what raises events.");
        EdgeStepSeconds = Meter.CreateHistogram<double>(
            "kguardian_secure_events_edge_step_seconds", "s", "Time of a step that looked for new edges; of a day of the past when a store begins with them.");
        StepFailures = Meter.CreateCounter<long>(
            "kguardian_secure_events_step_failures_total", description: "Steps that ClickHouse failed; they are done again.");
        // A series that begins with its first count has not increased, for Prometheus.
        foreach (var rule in EventRule.All)
        {
            CountRaised(rule, options.Of(rule).Severity, 0);
        }
    }

    /// <summary>The meter, for gauges of other owners.</summary>
    public Meter Meter { get; }

    internal Histogram<double> StepSeconds { get; }

    internal Histogram<double> EdgeStepSeconds { get; }

    internal Counter<long> StepFailures { get; }

    internal void CountRaised(EventRule rule, int severity, long events) =>
        _raised.Add(events, new KeyValuePair<string, object?>("rule", rule.Name), new KeyValuePair<string, object?>("severity", severity));
}
