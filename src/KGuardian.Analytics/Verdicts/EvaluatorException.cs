namespace KGuardian.Analytics.Verdicts;

/// <summary>A flow could not be evaluated; it is not asked about again.</summary>
/// <param name="failure">What kind of failure it is.</param>
/// <param name="message">What it was, to follow "the evaluator": such as "answered 500".</param>
/// <param name="cause">What came before.</param>
internal sealed class EvaluatorException(EvaluatorFailure failure, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>What kind of failure it is.</summary>
    public EvaluatorFailure Failure => failure;
}

/// <summary>Why a flow has no verdicts.</summary>
internal enum EvaluatorFailure
{
    /// <summary>No answer within <c>Verdicts:Timeout</c>.</summary>
    Timeout,

    /// <summary>No connection, a broken one, or another status than 2xx; redirects are not followed.</summary>
    Failed,

    /// <summary>An answer that is none, or a longer one than may be.</summary>
    Bad,
}
