namespace KGuardian.Analytics.Inventory.Syscalls;

/// <summary>System calls that a pod was seen to make on an architecture.</summary>
/// <param name="PodName">The pod.</param>
/// <param name="PodNamespace">Its namespace.</param>
/// <param name="Arch">The architecture.</param>
/// <param name="Calls">Names, sorted, each once.</param>
/// <param name="TimeMicros">What the agent says, in microseconds since 1970; of a union the last one.</param>
internal sealed record SyscallSet(string PodName, string PodNamespace, string Arch, IReadOnlyList<string> Calls, long TimeMicros);
