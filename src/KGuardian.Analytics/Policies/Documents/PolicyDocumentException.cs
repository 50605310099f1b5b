namespace KGuardian.Analytics.Policies.Documents;

/// <summary>A document that cannot be read as what it is to be.</summary>
/// <param name="path">The path of what is wrong, as in <c>documents[1].spec.ingress[0].ports[2].port</c>.</param>
/// <param name="line">Its line, from 1.</param>
/// <param name="problem">What is wrong with it, and what is allowed.</param>
internal sealed class PolicyDocumentException(string path, long line, string problem) : Exception($"{path} (line {line}): {problem}")
{
    /// <summary>The path of what is wrong.</summary>
    public string Field => path;

    /// <summary>Its line, from 1.</summary>
    public long Line => line;

    /// <summary>What is wrong with it, and what is allowed.</summary>
    public string Problem => problem;
}
