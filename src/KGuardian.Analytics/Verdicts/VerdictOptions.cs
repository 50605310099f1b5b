namespace KGuardian.Analytics.Verdicts;

/// <summary>Settings <c>Verdicts:*</c>: who says what audit policies make of new flows. How long that is kept is <c>Retention:VerdictDays</c>.</summary>
internal sealed record VerdictOptions
{
    /// <summary>Address of the evaluator, which is asked at <c>/evaluate</c> below it. Default none: nobody is asked.</summary>
    public Uri? EvaluatorUrl { get; init; }

    /// <summary>Longest time of one question, its answer's last byte included. Default 500 ms, as kguardian's broker has it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Questions on their way at once. Default 16, as kguardian's broker has it.</summary>
    public int MaxInFlight { get; init; } = 16;

    /// <summary>New flows that wait for their question; more are shed and counted. Default 2,048, as kguardian's broker has it.</summary>
    public int MaxQueuedFlows { get; init; } = 2048;
}
