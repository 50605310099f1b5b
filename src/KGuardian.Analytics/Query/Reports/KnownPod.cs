namespace KGuardian.Analytics.Query.Reports;

/// <summary>The one pod that reported from an address.</summary>
/// <param name="Address">The address, as it was reported.</param>
/// <param name="Id">The pod; see <see cref="PodId"/>.</param>
/// <param name="Name">Its name.</param>
internal sealed record KnownPod(string Address, string Id, string Name);
