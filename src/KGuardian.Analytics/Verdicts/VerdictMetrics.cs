using System.Diagnostics.Metrics;

namespace KGuardian.Analytics.Verdicts;

/// <summary>Counters of verdicts; gauges are read from their owners. Names are those of <c>/metrics</c>.</summary>
internal sealed class VerdictMetrics
{
    private readonly Counter<long> _evaluations;
    private readonly Counter<long> _results;

    /// <summary>Creates the instruments.</summary>
    public VerdictMetrics(IMeterFactory meters)
    {
        Meter = meters.Create("KGuardian.Analytics.Verdicts");
        _evaluations = Meter.CreateCounter<long>("kguardian_verdicts_evaluations_total",
            description: "New flows, by what became of the question to the evaluator.");
        _results = Meter.CreateCounter<long>("kguardian_verdicts_results_total", description: "Results of the evaluator, by verdict.");
        EvaluateSeconds = Meter.CreateHistogram<double>("kguardian_verdicts_evaluate_seconds", "s", "Time of a question to the evaluator.");
        Dropped = Meter.CreateCounter<long>("kguardian_verdicts_dropped_total", description: "Verdicts that were not stored: too many wait for ClickHouse.");
        WriteFailures = Meter.CreateCounter<long>("kguardian_verdicts_write_failures_total", description: "Tries to write verdicts that failed.");
        // A series that begins with its first count has not increased, for Prometheus.
        foreach (var result in new[] { "answered", "timeout", "failed", "bad", "shed", "undirected" })
        {
            CountEvaluation(result, 0);
        }

        foreach (var verdict in new[] { "allow", "would_deny", "other", "bad" })
        {
            CountResult(verdict, 0);
        }
    }

    /// <summary>The meter, for gauges of other owners.</summary>
    public Meter Meter { get; }

    internal Histogram<double> EvaluateSeconds { get; }

    internal Counter<long> Dropped { get; }

    internal Counter<long> WriteFailures { get; }

    /// <summary>Counts what became of new flows.</summary>
    public void CountEvaluation(string result, long count = 1) => _evaluations.Add(count, new KeyValuePair<string, object?>("result", result));

    /// <summary>Counts results.</summary>
    public void CountResult(string verdict, long count) => _results.Add(count, new KeyValuePair<string, object?>("verdict", verdict));
}
