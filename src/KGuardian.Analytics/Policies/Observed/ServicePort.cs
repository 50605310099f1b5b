namespace KGuardian.Analytics.Policies.Observed;

/// <summary>A port of a service, and where it leads to.</summary>
/// <param name="Protocol">TCP, UDP or SCTP.</param>
/// <param name="Port">The service's port.</param>
/// <param name="Target">The pods' port; null when it has a name.</param>
/// <param name="TargetName">Its name; null when it has a number.</param>
internal sealed record ServicePort(string Protocol, int Port, int? Target, string? TargetName);
