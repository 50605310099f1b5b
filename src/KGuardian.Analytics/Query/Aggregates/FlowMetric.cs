namespace KGuardian.Analytics.Query.Aggregates;

/// <summary>What is counted of flows.</summary>
internal enum FlowMetric
{
    /// <summary>The flows, each once, when it was first seen.</summary>
    Flows,

    /// <summary>How often they were seen: their first observation, and the repeats of traffic_activity.</summary>
    Observations,
}
