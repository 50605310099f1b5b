namespace KGuardian.Analytics.Upstream;

/// <summary>A post that was accepted here.</summary>
/// <param name="Path">Its route, the same there.</param>
/// <param name="Body">Its body as it came, unpacked.</param>
/// <param name="NewFlows">How many flows it made new here; null when the answer there is no such number.</param>
internal sealed record AcceptedPost(string Path, byte[] Body, int? NewFlows);
