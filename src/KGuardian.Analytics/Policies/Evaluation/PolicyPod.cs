using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>A pod, as far as policies ask for it.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Labels">Its labels; null when they are not known.</param>
internal sealed record PolicyPod(string Namespace, string Name, IReadOnlyDictionary<string, string>? Labels)
{
    /// <summary>The named ports of its containers; null when they are not known.</summary>
    public IReadOnlyDictionary<(PolicyProtocol Protocol, string Name), int>? Ports { get; init; }
}
