namespace KGuardian.Analytics.Topology;

/// <summary>A pod that reported flows.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
internal sealed record ReporterName(string Namespace, string Name);
