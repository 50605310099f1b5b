namespace KGuardian.Analytics.Upstream;

/// <summary>The old broker did not do what it was asked.</summary>
/// <param name="message">What it was, to follow "it": such as "answered 500".</param>
/// <param name="isFinal">Whether asking again cannot help.</param>
/// <param name="cause">What came before.</param>
internal sealed class BrokerException(string message, bool isFinal = false, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Whether asking again cannot help.</summary>
    public bool IsFinal => isFinal;
}
