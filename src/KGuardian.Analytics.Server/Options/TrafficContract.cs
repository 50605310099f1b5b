namespace KGuardian.Analytics.Server.Options;

/// <summary><c>Traffic:Contract</c>: which habits of kguardian's broker hold where a client does not say what it wants.</summary>
internal enum TrafficContract
{
    /// <summary><c>documented</c>: the published contract. Reads are unbounded, an unknown pod has no flows with 404.</summary>
    Documented,

    /// <summary>
    /// <c>upstream-2026-09</c>: the broker of September 2026. Reads are bounded, an unknown pod has no flows with 200, and every pod says whether it has its
    /// node's addresses.
    /// </summary>
    Upstream202609,
}
