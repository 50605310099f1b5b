namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>A connection from who opened it to who took it: its replies go with it.</summary>
/// <param name="Client">Who opened it.</param>
/// <param name="Server">Who took it.</param>
/// <param name="Protocol">The protocol's number at IANA.</param>
/// <param name="ServerPort">The server's port; null for protocols without, or when it is not known.</param>
internal sealed record PolicyConnection(PolicyEndpoint Client, PolicyEndpoint Server, int Protocol, int? ServerPort);
