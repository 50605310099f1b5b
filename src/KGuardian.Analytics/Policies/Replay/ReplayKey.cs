using KGuardian.Analytics.Policies.Observed;

namespace KGuardian.Analytics.Policies.Replay;

/// <summary>Edges that a replay shows as one: of the same workloads, to the same port, with the same verdict.</summary>
/// <param name="Client">Who opened it.</param>
/// <param name="Server">Who took it.</param>
/// <param name="Protocol">The protocol's name.</param>
/// <param name="ServerPort">The server's port; null when there is none, or it is not known.</param>
/// <param name="Decision">What became of it; '' for nothing.</param>
/// <param name="Before">The verdict of the policies that there were; null where only one set is judged.</param>
/// <param name="After">The verdict of the policies.</param>
internal sealed record ReplayKey(
    EdgeOwner Client, EdgeOwner Server, string Protocol, int? ServerPort, string Decision, EdgeVerdict? Before, EdgeVerdict After);
