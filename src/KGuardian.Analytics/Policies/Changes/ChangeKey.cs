using KGuardian.Analytics.Policies.Observed;

namespace KGuardian.Analytics.Policies.Changes;

/// <summary>What two windows are compared by.</summary>
/// <param name="Client">Who opened it.</param>
/// <param name="Server">Who took it.</param>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="ServerPort">The server's port; null when there is none, or it is not known.</param>
internal sealed record ChangeKey(EdgeOwner Client, EdgeOwner Server, string Protocol, int? ServerPort);
